/* Runs every file of a folder through a fuzz target, with any compiler. Usage: replay FOLDER */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "target.h"

/* The file in memory of exactly its size, so that a sanitizer detects reads beyond the end. */
static uint8_t *read_input(const char *path, size_t *size)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    require(file && fstat(fileno(file), &about) == 0, path);
    *size = (size_t)about.st_size;
    uint8_t *data = malloc(*size > 0 ? *size : 1);
    require(data && fread(data, 1, *size, file) == *size, path);
    require(fclose(file) == 0, path);
    return data;
}

static void replay(const char *path)
{
    size_t size;
    uint8_t *data = read_input(path, &size);
    require(LLVMFuzzerTestOneInput(data, size) == 0, path);
    free(data);
}

int main(int argc, char **argv)
{
    DIR *listing = argc == 2 ? opendir(argv[1]) : NULL;
    if (!listing) {
        fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    size_t n = 0;
    for (const struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        replay(path);
        n++;
    }
    (void)closedir(listing);
    printf("%zu inputs\n", n);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
