/* Checkpoints: a restored training continues as if it had never stopped, and a checkpoint of any other training is
 * refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "training/checkpoint.h"
#include "support_app/idx_files.h"
#include "support_app/scratch.h"

/* Images of three classes that are not quite separable. */
enum { N_IMAGES = 40, N_ROWS = 2, N_COLUMNS = 3 };

/* A folder with this many images. Static memory for two of them. */
static const char *put_data(size_t n_images)
{
    static char folders[2][4096];
    static size_t n_put;
    char *folder = folders[n_put++ % 2];
    uint8_t labels[N_IMAGES];
    (void)snprintf(folder, sizeof folders[0], "%s", scratch_folder());
    for (size_t n = 0; n < n_images; n++)
        labels[n] = (uint8_t)(n * n % 7 % 3);
    idx_put_images(folder, "train-images-idx3-ubyte", labels, n_images, N_ROWS, N_COLUMNS);
    idx_put_labels(folder, "train-labels-idx1-ubyte", labels, n_images);
    return folder;
}

/* A training with everything that it refers to. */
typedef struct run {
    settings s;
    training_set set;
    training t;
} run;

/* A newly created run, for run_free. The options are separated by spaces. */
static run *run_create(const char *data, const char *output, const char *options)
{
    static char line[4096];
    char *argv[32] = {"train"};
    int argc = 1;
    failure f = {""};
    run *r = calloc(1, sizeof *r);
    ck_assert_ptr_nonnull(r);
    (void)snprintf(line, sizeof line, "--data %s --output %s --threads 1 %s", data, output, options);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    CHECK_OK(settings_parse(argc, argv, &r->s, &(buffer){0}, &f), &f);
    r->s.data = data;
    r->s.output = output;
    CHECK_OK(training_set_load(&r->s, &r->set, &f), &f);
    CHECK_OK(training_create(&r->s, &r->set, &r->t, &f), &f);
    return r;
}

static void run_free(run *r)
{
    training_destroy(&r->t);
    training_set_destroy(&r->set);
    free(r);
}

/* Takes up to n_steps, including those of the choice of l2; returns their number. */
static size_t take_steps(run *r, size_t n_steps)
{
    training *t = &r->t;
    failure f = {""};
    size_t n = 0;
    for (; n < n_steps && training_chooses_l2(t) && !l2_path_is_done(&t->path); n++)
        CHECK_OK(training_try_l2(t, &f), &f);
    if (n < n_steps && training_chooses_l2(t))
        CHECK_OK(training_take_l2(t, &f), &f);
    for (; n < n_steps && training_step(t); n++)
        (void)training_record(t);
    return n;
}

static void check_same_arrays(size_t n, const double *one, const double *other)
{
    ck_assert_mem_eq(one, other, n * sizeof *one);
}

/* Without the seconds, which depend on the machine. */
static void check_same(const training *one, const training *other)
{
    ck_assert(training_chooses_l2(one) == training_chooses_l2(other));
    ck_assert(one->l2 == other->l2 && one->temperature == other->temperature);
    ck_assert_uint_eq(one->path.n_tried, other->path.n_tried);
    ck_assert_uint_eq(objectives_count_training(&one->objectives), objectives_count_training(&other->objectives));
    if (training_chooses_l2(one)) {
        ck_assert(one->path.n_worse == other->path.n_worse && one->path.best == other->path.best);
        ck_assert(one->path.first == other->path.first);
        check_same_arrays(one->path.n_values, one->path.minimum, other->path.minimum);
        check_same_arrays(one->path.n_values, one->path.current, other->path.current);
        return;
    }
    ck_assert(one->best_loss == other->best_loss && one->best_iteration == other->best_iteration);
    check_same_arrays(one->objectives.n_parameters, one->best, other->best);
    check_same_arrays(one->objectives.n_parameters, sm_minimiser_x(one->minimiser),
                      sm_minimiser_x(other->minimiser));
    ck_assert(training_stopped_early(one) == training_stopped_early(other));
}

/* Keeps the checkpoint of a run after n_steps. */
static void keep_after(const char *data, const char *output, const char *options, size_t n_steps)
{
    failure f = {""};
    char all_options[512];
    (void)snprintf(all_options, sizeof all_options, "%s --checkpoint 1", options);
    run *r = run_create(data, output, all_options);
    (void)take_steps(r, n_steps);
    CHECK_OK(checkpoint_keep(&r->t, true, &f), &f);
    run_free(r);
}

/* Restores a run from the checkpoint of `whole` after n steps, continues it, and checks that it agrees. */
static void check_resumed(const char *data, const char *output, const char *options, const run *whole, size_t n)
{
    bool found;
    failure f = {""};
    char with_resume[512];
    keep_after(data, output, options, n);
    (void)snprintf(with_resume, sizeof with_resume, "%s --resume", options);
    run *resumed = run_create(data, output, with_resume), *reference = run_create(data, output, options);
    CHECK_OK(checkpoint_restore(&resumed->t, &found, &f), &f);
    ck_assert(found);
    check_same(&whole->t, &resumed->t);
    ck_assert(resumed->t.last_checkpoint > 0 && training_seconds(&resumed->t) >= resumed->t.last_checkpoint);
    ck_assert_uint_eq(take_steps(reference, 1000), n + take_steps(resumed, 1000));
    check_same(&reference->t, &resumed->t);
    CHECK_OK(training_end(&reference->t, &f), &f);
    CHECK_OK(training_end(&resumed->t, &f), &f);
    check_same(&reference->t, &resumed->t);
    checkpoint_remove(&resumed->t);
    ck_assert_uint_eq(folder_count(output), 0);
    run_free(reference);
    run_free(resumed);
}

START_TEST(a_restored_run_continues_as_if_it_had_never_stopped)
{
    static const char *const kinds[] = {
        "--max-iterations 6",
        "--l2 auto --max-iterations 4",
        "--l2 auto --folds 3 --copies 1 --max-iterations 4",
        "--validation 8 --class-weight balanced --max-iterations 6",
        "--optimizer sgd --epochs 5",
        "--optimizer sgd --epochs 30 --learning-rate 2 --validation 8 --patience 2"};
    const char *data = put_data(N_IMAGES);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        char output[4096];
        (void)snprintf(output, sizeof output, "%s", scratch_folder());
        run *whole = run_create(data, output, kinds[kind]);
        for (size_t n = 1; take_steps(whole, 1) == 1; n++)
            check_resumed(data, output, kinds[kind], whole, n);
        run_free(whole);
    }
}
END_TEST

START_TEST(the_history_is_continued)
{
    const char *data = put_data(N_IMAGES), *output = scratch_folder(), *options = "--max-iterations 6 --resume";
    bool found;
    failure f = {""};
    history h;
    keep_after(data, output, options, 3);
    run *r = run_create(data, output, options);
    CHECK_OK(checkpoint_restore(&r->t, &found, &f), &f);
    (void)take_steps(r, 2);
    CHECK_OK(history_parse("file", (const uint8_t *)r->t.history.data, r->t.history.size, &h, &f), &f);
    ck_assert_uint_eq(h.n_rows, 5);
    for (size_t i = 0; i < h.n_rows; i++)
        ck_assert(h.rows[i].number == (double)i && (i == 0 || h.rows[i].seconds >= h.rows[i - 1].seconds));
    free(h.rows);
    run_free(r);
}
END_TEST

START_TEST(a_checkpoint_is_written_when_it_is_due)
{
    const char *data = put_data(N_IMAGES);
    for (size_t every = 0; every <= 3; every++) {
        const char *output = scratch_folder();
        failure f = {""};
        run *r = run_create(data, output, "--optimizer sgd --epochs 6");
        r->s.checkpoint_interval = (double)every;
        for (size_t n = 0; take_steps(r, 1) == 1; n++) {
            CHECK_OK(checkpoint_keep(&r->t, every == 0, &f), &f);
            const bool is_due = every > 0 && n % every == 0;
            ck_assert_uint_eq(folder_count(output), is_due);
            checkpoint_remove(&r->t);
        }
        run_free(r);
    }
}
END_TEST

START_TEST(by_time_it_is_due_after_a_number_of_seconds)
{
    const char *data = put_data(N_IMAGES), *output = scratch_folder();
    failure f = {""};
    run *r = run_create(data, output, "--checkpoint 1000s");
    (void)take_steps(r, 1);
    CHECK_OK(checkpoint_keep(&r->t, false, &f), &f);
    ck_assert_uint_eq(folder_count(output), 0);
    r->t.last_checkpoint -= 1000;
    CHECK_OK(checkpoint_keep(&r->t, false, &f), &f);
    ck_assert_uint_eq(folder_count(output), 1);
    ck_assert(r->t.last_checkpoint >= 0);
    run_free(r);
}
END_TEST

/* Ctrl-C ends the choice of l2 early and trains with the best so far; resumed, the choice is completed. */
START_TEST(a_choice_that_was_cut_short_is_completed)
{
    const char *data = put_data(N_IMAGES), *output = scratch_folder();
    bool found;
    failure f = {""};
    run *r = run_create(data, output, "--l2 auto --checkpoint 1 --resume");
    CHECK_OK(training_try_l2(&r->t, &f), &f);
    CHECK_OK(checkpoint_keep(&r->t, true, &f), &f);
    CHECK_OK(training_take_l2(&r->t, &f), &f);
    ck_assert(training_step(&r->t));
    (void)training_record(&r->t);
    CHECK_OK(checkpoint_keep(&r->t, true, &f), &f);
    run_free(r);
    r = run_create(data, output, "--l2 auto --resume");
    CHECK_OK(checkpoint_restore(&r->t, &found, &f), &f);
    ck_assert(found && training_chooses_l2(&r->t) && r->t.path.n_tried == 1);
    run_free(r);
}
END_TEST

/* Checks that a run refuses the content, with a line that contains the text. */
static void check_refused(const char *data, const char *options, const uint8_t *content, size_t size,
                          const char *text)
{
    failure f = {""};
    run *r = run_create(data, "unused", options);
    check_failed(checkpoint_parse(&r->t, "file", content, size, true, &f), &f, "file", text, NULL);
    run_free(r);
}

/* The content of a checkpoint after some steps; the caller frees it. */
static uint8_t *checkpoint_of(const char *data, const char *options, size_t n_steps, size_t *size)
{
    const char *output = scratch_folder();
    char path[4096];
    keep_after(data, output, options, n_steps);
    (void)snprintf(path, sizeof path, "%s/checkpoint.safetensors", output);
    return file_get(path, size);
}

/* Checks that damaged content is refused, unless the damage makes no difference: 0x0p+0 equals 0x0p+1. */
static void check_noticed(const char *data, const char *options, const uint8_t *content, size_t size,
                          const run *whole)
{
    failure f = {""};
    run *r = run_create(data, "unused", options);
    const status result = checkpoint_parse(&r->t, "file", content, size, true, &f);
    if (result == STATUS_OK) {
        check_same(&r->t, &whole->t);
        ck_assert(r->t.history.size == whole->t.history.size);
    } else {
        check_failed(result, &f, "file", NULL);
    }
    run_free(r);
}

START_TEST(every_damaged_byte_is_noticed)
{
    static const char *const kinds[] = {"--l2 auto --resume", "--l2 auto --folds 2 --resume",
                                        "--optimizer sgd --resume", "--resume"};
    const char *data = put_data(N_IMAGES);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        size_t size;
        uint8_t *content = checkpoint_of(data, kinds[kind], 2, &size);
        failure f = {""};
        run *whole = run_create(data, "unused", kinds[kind]);
        CHECK_OK(checkpoint_parse(&whole->t, "file", content, size, true, &f), &f);
        for (size_t i = 0; i < size; i++) {
            content[i] ^= 1;
            check_noticed(data, kinds[kind], content, size, whole);
            content[i] ^= 1;
        }
        for (size_t n = 0; n < size; n += 7)
            check_refused(data, kinds[kind], content, n, "");
        run_free(whole);
        free(content);
    }
}
END_TEST

START_TEST(other_settings_are_refused)
{
    const char *data = put_data(N_IMAGES);
    size_t size;
    uint8_t *content = checkpoint_of(data, "--validation 8 --resume", 2, &size);
    static const char *const lines[][2] = {
        {"--validation 8 --l2 1e-3", "another run: l2 was 0.0001 there, is 0.001 here"},
        {"--validation 8 --l2 auto", "another run: l2 was 0.0001 there, is auto here"},
        {"", "validation was 8 there, is 0 here"},
        {"--validation 9", "validation was 8 there, is 9 here"},
        {"--validation 8 --patience 3", "patience was 20 there, is 3 here"},
        {"--validation 8 --seed 2", "seed was 1 there, is 2 here"},
        {"--l2 auto --folds 3", "another run: l2 was 0.0001 there, is auto here"},
        {"--validation 8 --class-weight balanced", "class-weight was none there, is balanced here"},
        {"--validation 8 --copies 1", "copies was 0 there, is 1 here"},
        {"--validation 8 --features deskew", "features was pixels there, is deskew here"},
        {"--validation 8 --optimizer sgd", "optimizer was lbfgs there, is sgd here"},
        {"--validation 8 --tolerance 0.5", "tolerance was 0.0001 there, is 0.5 here"},
        {"--validation 8 --max-iterations 5", "max-iterations was 10000 there, is 5 here"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char options[128];
        (void)snprintf(options, sizeof options, "%s --resume", lines[i][0]);
        check_refused(data, options, content, size, lines[i][1]);
    }
    check_refused(put_data(N_IMAGES - 1), "--validation 8 --resume", content, size,
                  "belongs to a run on other data");
    free(content);
}
END_TEST

/* Replaces a text in the content by another of the same length. */
static void replace(uint8_t *content, size_t size, const char *text, const char *other)
{
    const size_t length = strlen(text);
    ck_assert_uint_eq(length, strlen(other));
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(content + i, text, length) == 0)
            memcpy(content + i, other, length);
}

START_TEST(other_versions_and_other_files_are_refused)
{
    const char *data = put_data(N_IMAGES), *options = "--resume";
    size_t size;
    uint8_t *content = checkpoint_of(data, options, 2, &size);
    replace(content, size, "mnist-checkpoint-3", "mnist-checkpoint-2");
    check_refused(data, options, content, size, "is not a checkpoint, or of another version");
    replace(content, size, "mnist-checkpoint-2", "mnist-checkpoint-3");
    replace(content, size, "\"version\":\"0", "\"version\":\"9");
    check_refused(data, options, content, size, "another run: version was 9");
    replace(content, size, "\"version\"", "\"Version\"");
    check_refused(data, options, content, size, "says nothing about --version");
    replace(content, size, "\"Version\"", "\"version\"");
    replace(content, size, "\"version\":\"9", "\"version\":\"0");
    replace(content, size, "\"best_loss\"", "\"Best_loss\"");
    check_refused(data, options, content, size, "has no tensor 'best_loss'");
    free(content);
    check_refused(data, options, (const uint8_t *)"{}", 2, "too short");
}
END_TEST

START_TEST(only_a_missing_file_counts_as_no_checkpoint)
{
    const char *data = put_data(N_IMAGES), *output = scratch_folder();
    char path[4096];
    bool found = true;
    failure f = {""};
    run *r = run_create(data, output, "--resume");
    CHECK_OK(checkpoint_restore(&r->t, &found, &f), &f);
    ck_assert(!found);
    (void)snprintf(path, sizeof path, "%s/checkpoint.safetensors", output);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    check_failed(checkpoint_restore(&r->t, &found, &f), &f, path, "is a folder", NULL);
    ck_assert(found);
    run_free(r);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("checkpoint", a_restored_run_continues_as_if_it_had_never_stopped,
                         the_history_is_continued, a_checkpoint_is_written_when_it_is_due,
                         by_time_it_is_due_after_a_number_of_seconds, a_choice_that_was_cut_short_is_completed,
                         every_damaged_byte_is_noticed, other_settings_are_refused,
                         other_versions_and_other_files_are_refused, only_a_missing_file_counts_as_no_checkpoint);
}
