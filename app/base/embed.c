/* Writes files as C, to be compiled into the program: the files after each =NAME, joined, become a string of this name,
 * and NAME_size is its size, since files may hold any bytes. HEADER.h declares what is used. It runs on the build machine.
 * Usage: embed OUTPUT.c HEADER.h {=NAME FILE ...} ... */
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *path, const char *problem)
{
    fprintf(stderr, "embed: %s: %s\n", path, problem);
    return EXIT_FAILURE;
}

static void end_string(const char *name, FILE *output)
{
    if (name)
        fprintf(output, "'\\0'};\nconst size_t %s_size = sizeof %s - 1;\n", name, name);
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

int main(int argc, char **argv)
{
    FILE *output = argc > 3 ? fopen(argv[1], "wb") : NULL;
    if (!output)
        return fail(argc > 3 ? argv[1] : "OUTPUT.c", "cannot be written");
    int result = EXIT_SUCCESS;
    const char *name = NULL;
    fprintf(output, "#include <stddef.h>\n#include \"%s\"\n", argv[2]);
    for (int i = 3; result == EXIT_SUCCESS && i < argc; i++) {
        if (argv[i][0] != '=') {
            result = add_file(argv[i], output);
            continue;
        }
        end_string(name, output);
        name = argv[i] + 1;
        fprintf(output, "const char %s[] = {\n", name);
    }
    end_string(name, output);
    const int failed = ferror(output);
    if ((fclose(output) != 0 || failed) && result == EXIT_SUCCESS)
        result = fail(argv[1], "cannot be written");
    return result;
}
