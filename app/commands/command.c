#include "commands/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/locate.h"
#include "base/write.h"

status result_path(const char *folder, const char *name, char **path, failure *f)
{
    *path = join_path(folder, name);
    return *path ? STATUS_OK : fail_memory(f);
}

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

bool names_table(const char *wanted)
{
    struct stat about;
    return wanted && stat(wanted, &about) == 0 && !S_ISDIR(about.st_mode);
}

status load_data(const char *wanted_folder, dataset_part part, dataset *data, failure *f)
{
    char *folder;
    status result = locate_folder(wanted_folder, &folder, f);
    if (result != STATUS_OK)
        return result;
    result = dataset_load(folder, part, data, f);
    free(folder);
    return result;
}

status get_execution(size_t n_threads, sm_execution *execution, failure *f)
{
    const char *isa = getenv("MNIST_ISA");
    *execution = (sm_execution){.n_threads = n_threads, .isa = isa && *isa ? isa : NULL};
    if (!sm_isa_name(execution->isa))
        return fail_usage(f, "MNIST_ISA=%s: this machine does not have it; its fastest is %s", isa,
                          sm_isa_name(NULL));
    return STATUS_OK;
}
