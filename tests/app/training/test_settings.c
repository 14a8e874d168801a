/* The settings of a training: the meaning of a command line, and the combinations that are refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "training/settings.h"
#include "support_app/scratch.h"

typedef struct outcome {
    status result;
    settings s;
    buffer help;
    failure f;
} outcome;

/* The outcome for "train" and these arguments, which are separated by spaces. */
static outcome parse(const char *arguments)
{
    static char line[1024];
    enum { MAX_ARGUMENTS = 32 };
    char *argv[MAX_ARGUMENTS] = {"train"};
    int argc = 1;
    outcome o = {.f = {""}};
    (void)snprintf(line, sizeof line, "%s", arguments);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
        ck_assert_int_lt(argc, MAX_ARGUMENTS - 1);
        argv[argc++] = word;
    }
    o.result = settings_parse(argc, argv, &o.s, &o.help, &o.f);
    return o;
}

static settings parsed(const char *arguments)
{
    const outcome o = parse(arguments);
    CHECK_OK(o.result, &o.f);
    return o.s;
}

/* Refused as wrong usage, with the text in its line, although the data does not exist: no file was opened. */
static void check_refused(const char *arguments, const char *text)
{
    char line[512];
    (void)snprintf(line, sizeof line, "--data nowhere %s", arguments);
    const outcome o = parse(line);
    check_usage(o.result, &o.f, text, NULL);
}

START_TEST(the_defaults)
{
    const settings s = parsed("");
    ck_assert(!s.data && !s.label && !s.from && !s.is_table);
    ck_assert_str_eq(s.output, "results");
    ck_assert(s.optimizer == OPTIMIZER_LBFGS && s.lbfgs.tolerance == 1e-4 && s.lbfgs.max_iterations == 10000);
    ck_assert(!s.chooses_l2 && s.l2 == 1e-4 && s.validation == 0 && s.patience == 20 && s.seed == 1);
    ck_assert(s.n_folds == 0 && s.class_weight == CLASS_WEIGHT_NONE);
    ck_assert(s.features.map == 0 && s.n_copies == 0 && s.memory_bytes > 0);
    ck_assert(s.checkpoint_interval == 0 && !s.resume && !s.quiet && s.execution.n_threads == 0);
}
END_TEST

START_TEST(values_are_typed)
{
    settings s =
        parsed("--optimizer sgd --epochs 3 --batch-size 7 --learning-rate 0.5 --momentum 0 --schedule constant "
               "--seed 9 --threads 2 --l2 0");
    ck_assert(s.optimizer == OPTIMIZER_SGD && s.sgd.n_epochs == 3 && s.sgd.batch_size == 7 && s.l2 == 0);
    ck_assert(s.sgd.learning_rate == 0.5 && s.sgd.momentum == 0 && s.sgd.schedule == SM_SCHEDULE_CONSTANT);
    ck_assert(s.seed == 9 && s.sgd.seed == 9 && s.execution.n_threads == 2);
    ck_assert(parsed("--optimizer sgd").sgd.schedule == SM_SCHEDULE_LINEAR);
    s = parsed("--validation 0.25 --patience 0 --checkpoint 7 --resume --tolerance 0.5 --max-iterations 4");
    ck_assert(s.validation == 0.25 && s.patience == 0 && s.resume);
    ck_assert(s.checkpoint_interval == 7 && !s.checkpoint_by_time);
    ck_assert(s.lbfgs.tolerance == 0.5 && s.lbfgs.max_iterations == 4);
    s = parsed("--validation 100 --checkpoint 1.5s");
    ck_assert(s.validation == 100 && s.checkpoint_interval == 1.5 && s.checkpoint_by_time);
    ck_assert(parsed("--features deskew --memory 0").memory_bytes == 0);
    ck_assert(parsed("--features deskew --memory 7").memory_bytes == 7);
    ck_assert(parsed("--features deskew --memory 1.5K").memory_bytes == 1536);
    ck_assert(parsed("--features deskew --memory 500M").memory_bytes == (size_t)500 << 20);
    ck_assert(parsed("--features deskew --memory 2G").memory_bytes == (size_t)2 << 30);
}
END_TEST

START_TEST(l2_is_chosen_on_a_sixth_or_on_the_given_split)
{
    settings s = parsed("--l2 auto");
    ck_assert(s.chooses_l2 && s.validation == 1.0 / 6);
    s = parsed("--l2 auto --validation 12 --optimizer sgd");
    ck_assert(s.chooses_l2 && s.validation == 12);
    s = parsed("--l2 auto --folds 5");
    ck_assert(s.chooses_l2 && s.n_folds == 5 && s.validation == 0);
}
END_TEST

START_TEST(presets_stand_for_other_options)
{
    char text[FEATURES_TEXT_SIZE];
    settings s = parsed("--features best:filters=4");
    ck_assert(s.n_copies == 2 && s.lbfgs.tolerance == 0.1 && s.l2 == 3e-4);
    features_print(&s.features, text);
    ck_assert_ptr_eq(strstr(text, "patches:filters=4"), text);
    s = parsed("--copies 0 --features best --tolerance 0.2 --l2 1e-3");
    ck_assert(s.n_copies == 0 && s.lbfgs.tolerance == 0.2 && s.l2 == 1e-3);
    ck_assert(parsed("--features best --l2 auto").chooses_l2);
    s = parsed("--features best --optimizer sgd");
    ck_assert(s.n_copies == 2 && s.optimizer == OPTIMIZER_SGD);
    check_refused("--features best:K=3", "--features best:K=3: patches has no parameter 'K'");
    check_refused("--features bestest", "--features bestest: there is no map 'bestest'");
    s = parsed("--features quick:seed=7");
    ck_assert(s.n_copies == 1 && s.lbfgs.tolerance == 0.3 && s.l2 == 3e-4);
    features_print(&s.features, text);
    ck_assert_str_eq(text, "patches:filters=224,views=1,seed=7");
    s = parsed("--features quick:filters=5");
    ck_assert_uint_eq(s.features.values[0], 5);
    check_refused("--features quick:seed=1,seed=2", "seed is given twice");
}
END_TEST

START_TEST(bad_values_are_refused)
{
    check_refused("--validation 1.5", "--validation 1.5: expected a whole number of samples");
    static const char *const values[][2] = {
        {"--validation", "x -1 1.5 5x nan inf 1e300"},
        {"--l2", "x -1 nan 1e7 1e-4x automatic"},
        {"--checkpoint", "0 -1 x 1.5 s 0s -1s 1m nans 2e9s"},
        {"--memory", "x -1 nan 1T 1KK 1e99 K"},
        {"--copies", "101 -1"},
        {"--folds", "101 -1 x"},
        {"--class-weight", "equal"},
        {"--threads", "1025"},
        {"--optimizer", "adam"},
        {"--features", "wavelets pixels:a=1"},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char list[128], line[256], expected[256];
        char *rest = list;
        (void)snprintf(list, sizeof list, "%s", values[i][1]);
        for (char *value = strtok_r(rest, " ", &rest); value; value = strtok_r(NULL, " ", &rest)) {
            (void)snprintf(line, sizeof line, "--features deskew %s %s", values[i][0], value);
            (void)snprintf(expected, sizeof expected, "%s %s: ", values[i][0], value);
            check_refused(line, expected);
        }
    }
}
END_TEST

START_TEST(an_option_without_use_is_refused)
{
    static const char *const lines[][2] = {
        {"--epochs 5", "--epochs is for --optimizer sgd"},
        {"--batch-size 7", "--batch-size is for --optimizer sgd"},
        {"--learning-rate 50", "--learning-rate is for --optimizer sgd"},
        {"--momentum 0", "--momentum is for --optimizer sgd"},
        {"--schedule linear", "--schedule is for --optimizer sgd"},
        {"--optimizer sgd --tolerance 0.1", "--tolerance is for --optimizer lbfgs"},
        {"--optimizer sgd --max-iterations 1", "--max-iterations is for --optimizer lbfgs"},
        {"--patience 3", "--patience is for --validation"},
        {"--patience 3 --validation 0", "--patience is for --validation above 0"},
        {"--patience 3 --validation 0.1 --l2 auto", "--patience is for --validation above 0 without --l2 auto"},
        {"--memory 2G", "--memory is for features that are computed"},
        {"--memory 2G --features pixels", "--memory is for features that are computed"},
        {"--data . --label 3", "--label is for a table"},
        {"--features columns", "--features columns is for a table"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        check_refused(lines[i][0], lines[i][1]);
}
END_TEST

START_TEST(meaningless_combinations_are_refused)
{
    check_refused("--from model --l2 auto", "--from cannot be combined with --l2 auto");
    check_refused("--folds 3", "--folds is for --l2 auto");
    check_refused("--l2 auto --folds 1", "--folds 1: expected 2 folds or more");
    check_refused("--folds 3 --l2 0.1", "--folds is for --l2 auto");
    check_refused("--l2 auto --folds 3 --validation 0.1", "--folds and --validation cannot be combined");
    check_refused("--l2 auto --validation 0", "--l2 auto: expected samples to validate on");
    /* Values are checked before combinations, and both before the data. */
    check_refused("--copies 1 --memory foo", "--memory foo: expected a number of bytes");
}
END_TEST

START_TEST(a_table_has_its_own_options)
{
    const char *path = scratch_path("table.csv");
    char line[512];
    file_put(path, "1,a\n2,b\n", 8);
    (void)snprintf(line, sizeof line, "--data %s --label 1", path);
    settings s = parsed(line);
    ck_assert(s.is_table && features_are_columns(&s.features));
    ck_assert_str_eq(s.label, "1");
    (void)snprintf(line, sizeof line, "--data %s --features columns", path);
    s = parsed(line);
    ck_assert(features_are_columns(&s.features));
    for (const char *const *more =
             (const char *const[]){"--copies 0", "--features pixels", "--features best", NULL};
         *more; more++) {
        char option[16] = "";
        (void)snprintf(line, sizeof line, "--data %s %s", path, *more);
        (void)snprintf(option, sizeof option, "%.*s", (int)strcspn(*more, " "), *more);
        const outcome o = parse(line);
        check_usage(o.result, &o.f, option, "is for images", "table.csv is a table", NULL);
    }
    (void)snprintf(line, sizeof line, "--data %s --memory 1G", path);
    const outcome o = parse(line);
    check_usage(o.result, &o.f, "--memory is for features that are computed", NULL);
}
END_TEST

/* The description as text, for free(). */
static char *describe(const char *arguments)
{
    const settings s = parsed(arguments);
    json_t *description = settings_describe(&s);
    ck_assert_ptr_nonnull(description);
    char *text = json_dumps(description, JSON_COMPACT);
    ck_assert_ptr_nonnull(text);
    json_decref(description);
    return text;
}

static bool are_alike(const char *arguments, const char *others)
{
    char *one = describe(arguments), *other = describe(others);
    const bool are = strcmp(one, other) == 0;
    free(other);
    free(one);
    return are;
}

START_TEST(the_description_has_everything_that_affects_the_result)
{
    static const char *const deciding[] = {
        "--l2 1e-3",          "--l2 auto",       "--tolerance 0.10000000000000002",
        "--max-iterations 9", "--copies 1",      "--validation 100",
        "--validation 0.1",   "--seed 2",        "--optimizer sgd",
        "--features deskew",  "--features best", "--class-weight balanced"};
    static const char *const sgd[] = {"--epochs 9", "--batch-size 9", "--learning-rate 0.1", "--momentum 0.1",
                                      "--schedule constant"};
    static const char *const others[] = {"--threads 2",  "--quiet",     "--resume",    "--checkpoint 1",
                                         "--output out", "--data none", "--l2 0.0001", "--tolerance 1e-4"};
    for (size_t i = 0; i < sizeof deciding / sizeof *deciding; i++)
        ck_assert_msg(!are_alike("--tolerance 0.1", deciding[i]), "%s decides nothing", deciding[i]);
    ck_assert(!are_alike("--validation 9 --patience 2", "--validation 9"));
    ck_assert(!are_alike("--l2 auto --folds 2", "--l2 auto --folds 3"));
    for (size_t i = 0; i < sizeof sgd / sizeof *sgd; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "--optimizer sgd %s", sgd[i]);
        ck_assert_msg(!are_alike("--optimizer sgd", line), "%s decides nothing", sgd[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_msg(are_alike("", others[i]), "%s decides something", others[i]);
}
END_TEST

START_TEST(help_is_given)
{
    outcome o = parse("--help");
    ck_assert_int_eq(o.result, STATUS_HELP);
    ck_assert(!o.help.failed && o.help.size > 1000 && o.f.text[0] == '\0');
    free(o.help.data);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("settings", the_defaults, values_are_typed, l2_is_chosen_on_a_sixth_or_on_the_given_split,
                         presets_stand_for_other_options, bad_values_are_refused, an_option_without_use_is_refused,
                         meaningless_combinations_are_refused, a_table_has_its_own_options,
                         the_description_has_everything_that_affects_the_result, help_is_given);
}
