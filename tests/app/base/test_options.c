/* Parsing the options of a command. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "support_app/scratch.h"

static const char *const colours[] = {"red", "green", "blue", NULL};
static const command_usage without_files = {.name = "paint", .summary = "Paint a wall", .notes = "Let it dry."};
static const command_usage with_files = {.name = "paint", .arguments = "WALL ...", .summary = "Paint walls"};
static const command_usage talkative = {
    .name = "paint",
    .summary = "Paint a wall",
    .notes = "Stir the paint well before you begin, and paint from the ceiling down to the floor, one strip after "
             "another, while the edge of the last strip is wet; what dries in between shows for ever.",
};

/* One option of each kind, with the defaults of make_values. */
typedef struct values {
    bool flag, gloss, frame, tiles;
    const char *text;
    size_t count, choice;
    uint64_t seed;
    double number;
} values;

typedef struct outcome {
    values set;
    positional rest;
    status result;
    failure f;
} outcome;

enum { MAX_ARGUMENTS = 12 };

/* Parses "paint" and the arguments, which end with NULL; adds the help if it is requested. */
static outcome parse(const command_usage *usage, const char *const *arguments, buffer *help)
{
    static char *argv[MAX_ARGUMENTS]; /* the outcome points into it */
    int argc = 0;
    argv[argc++] = (char *)(uintptr_t) "paint";
    for (; *arguments; arguments++)
        argv[argc++] = (char *)(uintptr_t)*arguments;
    argv[argc] = NULL;
    outcome o = {.set = {.text = "default", .count = 5, .choice = 1, .seed = 6, .number = 0.5}};
    option_spec specs[] = {
        {"verbose", OPTION_FLAG, &o.set.flag, .help = "say more"},
        {"wall", OPTION_TEXT, &o.set.text, "NAME", .help = "which wall"},
        {"coats", OPTION_COUNT, &o.set.count, "N", .help = "how many", .low = 1, .high = 10},
        {"seed", OPTION_SEED, &o.set.seed, "N", .help = "of the brush", .only_for = "--colour red"},
        {"width", OPTION_NUMBER, &o.set.number, "METRES", .help = "of the brush", .low = 0.25, .high = 4},
        {"colour", OPTION_CHOICE, &o.set.choice, .help = "of the paint", .choices = colours},
        {"gloss", OPTION_FLAG, &o.set.gloss, .help = "paint that shines", .only_for = "--wall"},
        {"frame", OPTION_FLAG, &o.set.frame, .help = "around it", .only_for = "--wall north"},
        {"tiles", OPTION_FLAG, &o.set.tiles, .help = "leave them out", .only_for = "bathrooms"},
        {0},
    };
    o.result = options_parse(usage, specs, argc, argv, &o.rest, &o.f);
    if (o.result == STATUS_OK && strcmp(o.set.text, "kitchen") == 0)
        o.result = options_refuse(specs, "bathrooms", "this", "is a kitchen", &o.f);
    if (help)
        options_print_help(usage, specs, help);
    return o;
}

#define PARSE(...) parse(&without_files, (const char *const[]){__VA_ARGS__, NULL}, NULL)
#define PARSE_WITH_FILES(...) parse(&with_files, (const char *const[]){__VA_ARGS__, NULL}, NULL)

START_TEST(without_options_the_defaults_hold)
{
    const outcome o = parse(&without_files, (const char *const[]){NULL}, NULL);
    CHECK_OK(o.result, &o.f);
    ck_assert(!o.set.flag);
    ck_assert_str_eq(o.set.text, "default");
    ck_assert_uint_eq(o.set.count, 5);
    ck_assert_uint_eq(o.set.seed, 6);
    ck_assert_double_eq(o.set.number, 0.5);
    ck_assert_uint_eq(o.set.choice, 1);
    ck_assert_uint_eq(o.rest.n, 0);
}
END_TEST

START_TEST(each_kind_is_set)
{
    const outcome o = PARSE("--verbose", "--wall", "north", "--coats", "2", "--seed=18446744073709551615",
                            "--width=1.5", "--colour", "red");
    CHECK_OK(o.result, &o.f);
    ck_assert(o.set.flag);
    ck_assert_str_eq(o.set.text, "north");
    ck_assert_uint_eq(o.set.count, 2);
    ck_assert_uint_eq(o.set.seed, UINT64_MAX);
    ck_assert_double_eq(o.set.number, 1.5);
    ck_assert_uint_eq(o.set.choice, 0);
}
END_TEST

START_TEST(the_last_of_several_wins)
{
    const outcome o = PARSE("--coats", "2", "--coats", "3", "--colour", "red", "--colour=blue");
    CHECK_OK(o.result, &o.f);
    ck_assert_uint_eq(o.set.count, 3);
    ck_assert_uint_eq(o.set.choice, 2);
}
END_TEST

START_TEST(the_ends_of_a_range_belong_to_it)
{
    outcome o = PARSE("--coats", "1", "--width", "0.25", "--seed", "0", "--colour", "red");
    CHECK_OK(o.result, &o.f);
    ck_assert_uint_eq(o.set.count, 1);
    ck_assert_uint_eq(o.set.seed, 0);
    ck_assert_double_eq(o.set.number, 0.25);
    o = PARSE("--coats", "10", "--width", "4e0");
    CHECK_OK(o.result, &o.f);
    ck_assert_uint_eq(o.set.count, 10);
    ck_assert_double_eq(o.set.number, 4);
}
END_TEST

START_TEST(counts_out_of_range_are_refused)
{
    const char *const texts[] = {"0",
                                 "11",
                                 "-1",
                                 "+5",
                                 " 5",
                                 "5 ",
                                 "5.0",
                                 "0x5",
                                 "five",
                                 "",
                                 "1e1",
                                 "18446744073709551617",
                                 "99999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const outcome o = PARSE("--coats", texts[i]);
        check_usage(o.result, &o.f, "--coats", texts[i], "from 1 to 10", NULL);
        ck_assert_uint_eq(o.set.count, 5);
    }
}
END_TEST

START_TEST(numbers_out_of_range_are_refused)
{
    const char *const texts[] = {"0.2499", "4.0001", "-1", "nan", "inf", "-inf", "1x", "", "half", "1e999", "1,5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const outcome o = PARSE("--width", texts[i]);
        check_usage(o.result, &o.f, "--width", texts[i], "from 0.25 to 4", NULL);
        ck_assert_double_eq(o.set.number, 0.5);
    }
}
END_TEST

START_TEST(seeds_are_whole_numbers)
{
    const char *const texts[] = {"-1", "1.5", "18446744073709551616", "", "x", "0x1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const outcome o = PARSE("--seed", texts[i]);
        check_usage(o.result, &o.f, "--seed", texts[i], "whole number", NULL);
        ck_assert_uint_eq(o.set.seed, 6);
    }
}
END_TEST

START_TEST(a_choice_lists_its_values)
{
    const char *const texts[] = {"yellow", "", "Red", "re", "redd"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const outcome o = PARSE("--colour", texts[i]);
        check_usage(o.result, &o.f, "--colour", texts[i], "red, green, blue", NULL);
        ck_assert_uint_eq(o.set.choice, 1);
    }
}
END_TEST

START_TEST(an_unknown_option_suggests_the_nearest)
{
    outcome o = PARSE("--colr", "red");
    check_usage(o.result, &o.f, "unknown option --colr", "mean --colour?", NULL);
    o = PARSE("--helpp");
    check_usage(o.result, &o.f, "mean --help?", NULL);
    o = PARSE("--sead=5");
    check_usage(o.result, &o.f, "unknown option --sead,", "mean --seed?", NULL);
    o = PARSE("--quality");
    check_usage(o.result, &o.f, "unknown option --quality", NULL);
    ck_assert_ptr_null(strstr(o.f.text, "mean"));
}
END_TEST

START_TEST(unknown_letters_and_long_names_are_refused)
{
    outcome o = PARSE("-q");
    check_usage(o.result, &o.f, NULL);
    ck_assert_str_eq(o.f.text, "unknown option -q");
    o = PARSE("-wall", "north");
    check_usage(o.result, &o.f, "unknown option -wall, did you mean --wall?", NULL);
    char longest[3000] = "--";
    memset(longest + 2, 'x', sizeof longest - 3);
    longest[sizeof longest - 1] = '\0';
    o = PARSE(longest);
    check_usage(o.result, &o.f, "unknown option --xxx", NULL);
    o = PARSE("--\x1b[31m\n");
    check_usage(o.result, &o.f, "unknown option --?[31m?", NULL);
}
END_TEST

/* --verbose is a known option; its value is the error. */
START_TEST(a_flag_takes_no_value)
{
    const outcome o = PARSE("--verbose=yes");
    check_usage(o.result, &o.f, "--verbose", "value", NULL);
    ck_assert_ptr_null(strstr(o.f.text, "unknown"));
}
END_TEST

START_TEST(a_missing_value_is_refused)
{
    outcome o = PARSE("--coats");
    check_usage(o.result, &o.f, "--coats", "value", NULL);
    o = PARSE_WITH_FILES("file", "--wall");
    check_usage(o.result, &o.f, "--wall", "value", NULL);
    o = PARSE("--wall", "");
    check_usage(o.result, &o.f, "--wall ''", "not empty", NULL);
}
END_TEST

START_TEST(extra_arguments_are_refused_where_none_are_taken)
{
    outcome o = PARSE("kitchen");
    check_usage(o.result, &o.f, "kitchen", "'paint' takes options only", NULL);
    o = PARSE("--coats", "2", "kitchen");
    check_usage(o.result, &o.f, "kitchen", NULL);
    o = PARSE("--", "--coats");
    check_usage(o.result, &o.f, "--coats", "options only", NULL);
}
END_TEST

START_TEST(an_option_is_refused_where_nothing_uses_it)
{
    outcome o = PARSE("--seed", "5", "--colour", "red", "--gloss", "--wall", "north", "--tiles");
    CHECK_OK(o.result, &o.f);
    o = PARSE("--seed", "5");
    check_usage(o.result, &o.f, NULL);
    ck_assert_str_eq(o.f.text, "--seed is for --colour red");
    o = PARSE("--colour", "red", "--seed", "6", "--colour", "blue");
    check_usage(o.result, &o.f, NULL);
    ck_assert_str_eq(o.f.text, "--seed is for --colour red");
    o = PARSE("--gloss");
    check_usage(o.result, &o.f, NULL);
    ck_assert_str_eq(o.f.text, "--gloss is for --wall");
    o = PARSE("--wall", "kitchen", "--gloss");
    CHECK_OK(o.result, &o.f);
    o = PARSE("--wall", "north", "--frame");
    CHECK_OK(o.result, &o.f);
    o = PARSE("--frame", "--wall", "northern");
    check_usage(o.result, &o.f, NULL);
    ck_assert_str_eq(o.f.text, "--frame is for --wall north");
    o = PARSE("--wall", "kitchen", "--tiles");
    check_usage(o.result, &o.f, NULL);
    ck_assert_str_eq(o.f.text, "--tiles is for bathrooms; this is a kitchen");
}
END_TEST

START_TEST(arguments_are_kept_in_order)
{
    const outcome o = PARSE_WITH_FILES("a.png", "--coats", "2", "b.png", "--verbose", "--", "--wall");
    CHECK_OK(o.result, &o.f);
    ck_assert_uint_eq(o.set.count, 2);
    ck_assert(o.set.flag);
    ck_assert_uint_eq(o.rest.n, 3);
    ck_assert_str_eq(o.rest.values[0], "a.png");
    ck_assert_str_eq(o.rest.values[1], "b.png");
    ck_assert_str_eq(o.rest.values[2], "--wall");
}
END_TEST

/* The help of a command; the caller frees it. */
static char *get_help(const command_usage *usage, const char *option)
{
    buffer help = {0};
    const outcome o = parse(usage, (const char *const[]){"--coats", "7", option, "--wrong", NULL}, &help);
    ck_assert_int_eq(o.result, STATUS_HELP);
    buffer_add(&help, "", 1);
    ck_assert(!help.failed);
    return help.data;
}

static void check_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "expected '%s' in: %s", part, text);
}

START_TEST(help_lists_every_option_with_its_default)
{
    const char *const options[] = {"--help", "-h"};
    for (size_t i = 0; i < 2; i++) {
        char *text = get_help(&without_files, options[i]);
        check_has(text, "Usage: mnist paint [OPTION ...]\n");
        check_has(text, "Paint a wall\n");
        check_has(text, "Let it dry.");
        check_has(text, "--verbose");
        check_has(text, "say more\n");
        check_has(text, "--wall NAME");
        check_has(text, "which wall (default default)");
        check_has(text, "--coats N");
        check_has(text, "how many (default ");
        check_has(text, "--seed N");
        check_has(text, "of the brush (for --colour red; default 6)");
        check_has(text, "paint that shines (for --wall)");
        check_has(text, "leave them out\n");
        check_has(text, "--width METRES");
        check_has(text, "(default 0.5)");
        check_has(text, "--colour red|green|blue");
        check_has(text, "(default green)");
        check_has(text, "--help");
        free(text);
        text = get_help(&with_files, options[i]);
        check_has(text, "Usage: mnist paint [OPTION ...] WALL ...\n");
        free(text);
    }
}
END_TEST

/* The length of the longest line. */
static size_t measure_width(const char *text)
{
    size_t width = 0;
    while (*text) {
        const size_t length = strcspn(text, "\n");
        width = length > width ? length : width;
        text += length + (text[length] != '\0');
    }
    return width;
}

START_TEST(help_is_as_wide_as_the_terminal)
{
    static const struct {
        const char *columns;
        size_t most;
    } cases[] = {{NULL, 79}, {"", 79}, {"wide", 79}, {"-1", 79}, {"3", 79}, {"60", 59}, {"100", 99}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].columns)
            ck_assert_int_eq(setenv("COLUMNS", cases[i].columns, 1), 0);
        else
            ck_assert_int_eq(unsetenv("COLUMNS"), 0);
        char *text = get_help(&talkative, "--help");
        ck_assert_uint_le(measure_width(text), cases[i].most);
        ck_assert_uint_gt(measure_width(text), cases[i].most - 10);
        free(text);
    }
    ck_assert_int_eq(setenv("COLUMNS", "10000", 1), 0);
    char *text = get_help(&talkative, "--help");
    check_has(text, talkative.notes);
    free(text);
    ck_assert_int_eq(unsetenv("COLUMNS"), 0);
}
END_TEST

START_TEST(the_nearest_name_is_found)
{
    const char *const names[] = {"train", "eval", "weights", "predict", "gradcheck", NULL};
    static const struct {
        const char *typed, *expected;
    } cases[] = {
        {"train", "train"},
        {"trian", "train"},
        {"trai", "train"},
        {"ttrain", "train"},
        {"evla", "eval"},
        {"evaluate", NULL},
        {"weight", "weights"},
        {"wieghts", "weights"},
        {"predcit", "predict"},
        {"gradchek", "gradcheck"},
        {"grad-check", "gradcheck"},
        {"banana", NULL},
        {"", NULL},
        {"x", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *near = nearest_name(cases[i].typed, names);
        if (cases[i].expected)
            ck_assert_str_eq(near ? near : "nothing", cases[i].expected);
        else
            ck_assert_msg(!near, "'%s' is not near '%s'", cases[i].typed, near);
    }
    ck_assert_ptr_null(nearest_name("train", (const char *const[]){NULL}));
}
END_TEST

START_TEST(a_long_word_is_not_near_any_name)
{
    char longest[1000];
    memset(longest, 't', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const names[] = {"train", NULL};
    for (size_t length = 20; length < sizeof longest; length += 43)
        ck_assert_ptr_null(nearest_name(longest + sizeof longest - 1 - length, names));
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN(
        "options", without_options_the_defaults_hold, each_kind_is_set, the_last_of_several_wins,
        the_ends_of_a_range_belong_to_it, counts_out_of_range_are_refused, numbers_out_of_range_are_refused,
        seeds_are_whole_numbers, a_choice_lists_its_values, an_unknown_option_suggests_the_nearest,
        unknown_letters_and_long_names_are_refused, a_flag_takes_no_value, a_missing_value_is_refused,
        extra_arguments_are_refused_where_none_are_taken, an_option_is_refused_where_nothing_uses_it,
        arguments_are_kept_in_order, help_lists_every_option_with_its_default, help_is_as_wide_as_the_terminal,
        the_nearest_name_is_found, a_long_word_is_not_near_any_name);
}
