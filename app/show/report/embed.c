/* Writes files as C, to be compiled into the program: each becomes bytes [size] of a page_file. It runs on the
 * machine that builds, whatever the program is built for. Usage: embed OUTPUT.c {=NAME FILE ...} ... The files
 * behind a name are put together in their order. */
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *path, const char *what)
{
    fprintf(stderr, "embed: %s: %s\n", path, what);
    return EXIT_FAILURE;
}

static int add_file(const char *path, FILE *output)
{
    FILE *input = fopen(path, "rb");
    if (!input)
        return fail(path, "cannot be opened");
    for (int c = fgetc(input); c != EOF; c = fgetc(input))
        fprintf(output, "'\\x%02x',", (unsigned)c);
    fputc('\n', output);
    const int failed = ferror(input);
    if (fclose(input) != 0 || failed)
        return fail(path, "cannot be read");
    return EXIT_SUCCESS;
}

static void end_bytes(const char *name, FILE *output)
{
    if (name)
        fprintf(output, "};\nconst page_file %s = {%s_bytes, sizeof %s_bytes};\n", name, name, name);
}

int main(int argc, char **argv)
{
    FILE *output = argc > 2 ? fopen(argv[1], "wb") : NULL;
    if (!output)
        return fail(argc > 2 ? argv[1] : "OUTPUT.c", "cannot be written");
    const char *name = NULL;
    int result = EXIT_SUCCESS;
    fprintf(output, "#include \"show/report/page_files.h\"\n");
    for (int i = 2; result == EXIT_SUCCESS && i < argc; i++) {
        if (argv[i][0] != '=') {
            result = add_file(argv[i], output);
            continue;
        }
        end_bytes(name, output);
        name = argv[i] + 1;
        fprintf(output, "static const char %s_bytes[] = {\n", name);
    }
    end_bytes(name, output);
    const int failed = ferror(output);
    if ((fclose(output) != 0 || failed) && result == EXIT_SUCCESS)
        result = fail(argv[1], "cannot be written");
    return result;
}
