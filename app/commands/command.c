#include "commands/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/write.h"
#include "model/model_file.h"

status parse_options(const command_usage *usage, option_spec *specs, int argc, char **argv, positional *rest,
                     failure *f)
{
    const status result = options_parse(usage, specs, argc, argv, rest, f);
    buffer help = {0};
    if (result != STATUS_HELP)
        return result;
    options_print_help(usage, specs, &help);
    return print_buffer(&help, f) == STATUS_OK ? STATUS_HELP : STATUS_FAILED;
}

status read_result_model(const char *folder, model *m, char *sha256, failure *f)
{
    char path[PATH_SIZE];
    const status result = result_path(folder, "model.safetensors", path, f);
    if (result != STATUS_OK)
        return result;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return fail(f, "%s: there is no model; 'mnist train' makes one", path);
    return model_read(path, m, sha256, f);
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

status write_result(const char *folder, const char *name, buffer *content, failure *f)
{
    char path[PATH_SIZE];
    status result = result_path(folder, name, path, f);
    if (result == STATUS_OK)
        result = write_buffer(path, content, f);
    free(content->data);
    *content = (buffer){0};
    return result;
}

status write_picture(const char *folder, const char *name, picture *p, failure *f)
{
    char path[PATH_SIZE];
    status result = canvas_check(p, f);
    if (result == STATUS_OK)
        result = result_path(folder, name, path, f);
    if (result == STATUS_OK)
        result = png_write(path, p, f);
    free(p->values);
    *p = (picture){0};
    return result;
}

void print_line(FILE *out, const char *format, ...)
{
    failure line = {.text = ""};
    va_list arguments;
    va_start(arguments, format);
    failure_print(&line, format, arguments);
    va_end(arguments);
    fprintf(out, "%s\n", line.text);
}

void print_pictures(const char *folder, const picture_summary *s, bool is_quiet)
{
    if (s->n_read > 0 && !is_quiet)
        print_line(stderr, "%s: %zu picture%s read", folder, s->n_read, s->n_read == 1 ? "" : "s");
    if (s->n_left_out > 0) {
        print_line(stderr, "%s: %zu picture%s left out:", folder, s->n_left_out, s->n_left_out == 1 ? "" : "s");
        (void)fwrite(s->reasons.data, 1, s->reasons.size, stderr);
    }
}

status load_images(const char *wanted_folder, split which, const model *m, const sm_execution *execution,
                   bool is_quiet, dataset *data, failure *f)
{
    const picture_format format = {m->n_rows, m->n_columns, m->n_classes, m->names};
    picture_summary summary;
    status result = image_folder_load(wanted_folder, which, &format, execution, data, &summary, f);
    if (result == STATUS_OK && summary.n_read > 0 && which == SPLIT_TRAIN)
        result =
            fail_usage(f, "--train is for IDX files; %s has pictures, without a training set", data->images_path);
    if (result == STATUS_OK)
        print_pictures(data->images_path, &summary, is_quiet);
    free(summary.reasons.data);
    return result;
}
