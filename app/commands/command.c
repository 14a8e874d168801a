#include "commands/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/write.h"

status find_result_model(const char *folder, char **path, failure *f)
{
    char *found;
    status result = result_path(folder, "model.safetensors", &found, f);
    if (result != STATUS_OK)
        return result;
    if (access(found, F_OK) != 0 && errno == ENOENT) {
        result = fail(f, "%s: there is no model; 'mnist train' makes one", found);
        free(found);
        return result;
    }
    *path = found;
    return STATUS_OK;
}

status read_result_model(const char *folder, model *m, failure *f)
{
    char *path = NULL;
    status result = find_result_model(folder, &path, f);
    if (result != STATUS_OK)
        return result;
    result = model_read(path, m, f);
    free(path);
    return result;
}

status check_reads_images(const char *folder, const model *m, failure *f)
{
    return features_are_columns(&m->features)
               ? fail(f, "%s/model.safetensors: reads the columns of a table, expected a model of images", folder)
               : STATUS_OK;
}

status print_buffer(buffer *b, failure *f)
{
    const bool ok = !b->failed;
    if (ok)
        (void)fwrite(b->data, 1, b->size, stdout);
    free(b->data);
    *b = (buffer){0};
    return ok ? STATUS_OK : fail_memory(f);
}
