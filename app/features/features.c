/* The table of feature maps, and the text form of a choice among them. */
#include "features/features.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const feature_map *const maps[] = {&feature_map_pixels, &feature_map_deskew, &feature_map_scattering,
                                          &feature_map_patches, &feature_map_columns};
enum { N_MAPS = sizeof maps / sizeof *maps };

bool features_are_columns(const feature_choice *choice)
{
    return maps[choice->map] == &feature_map_columns;
}

const feature_map *features_map(const feature_choice *choice)
{
    return maps[choice->map];
}

/* The index of a name of `length` characters among names [n]. Fails with `problem`, which takes that name, and a
 * list of those expected. */
static status find_name(const char *const *names, size_t n, const char *name, size_t length, const char *problem,
                        size_t *found, failure *f)
{
    char expected[128] = "";
    for (size_t i = 0; i < n; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            *found = i;
            return STATUS_OK;
        }
        append_text(expected, sizeof expected, "%s%s",
                    i == 0      ? ", expected "
                    : i + 1 < n ? ", "
                                : " or ",
                    names[i]);
    }
    enum { MAX_SHOWN = 32 };
    return fail(f, "%s '%.*s'%s", problem, (int)(length < MAX_SHOWN ? length : MAX_SHOWN), name, expected);
}

static status find_map(const char *name, size_t length, size_t *found, failure *f)
{
    const char *names[N_MAPS];
    for (size_t i = 0; i < N_MAPS; i++)
        names[i] = maps[i]->name;
    return find_name(names, N_MAPS, name, length, "there is no map", found, f);
}

static status find_parameter(const feature_map *map, const char *name, size_t length, size_t *found, failure *f)
{
    const char *names[FEATURES_MAX_PARAMETERS];
    char problem[64] = "";
    size_t n = 0;
    for (; map->parameters[n].name; n++)
        names[n] = map->parameters[n].name;
    append_text(problem, sizeof problem, n > 0 ? "%s has no parameter" : "%s takes no parameters, found",
                map->name);
    return find_name(names, n, name, length, problem, found, f);
}

/* Reads one key=value of `length` characters. */
static status parse_parameter(const char *text, size_t length, feature_choice *choice, bool *is_given, failure *f)
{
    const char *equals = memchr(text, '=', length);
    const size_t key_length = equals ? (size_t)(equals - text) : length;
    size_t i = 0;
    if (find_parameter(features_map(choice), text, key_length, &i, f) != STATUS_OK)
        return STATUS_FAILED;
    const feature_parameter *p = &features_map(choice)->parameters[i];
    if (is_given[i])
        return fail(f, "%s is given twice", p->name);
    size_t value = 0, at = key_length + 1;
    for (; at < length && at - key_length <= 10 && text[at] >= '0' && text[at] <= '9'; at++)
        value = 10 * value + (size_t)(text[at] - '0');
    if (at == key_length + 1 || at != length || value < p->low || value > p->high)
        return fail(f, "%s: expected %s=N, N a whole number from %zu to %zu", p->name, p->name, p->low, p->high);
    is_given[i] = true;
    choice->values[i] = value;
    return STATUS_OK;
}

status features_set(const char *parameters, feature_choice *choice, failure *f)
{
    feature_choice made = *choice;
    bool is_given[FEATURES_MAX_PARAMETERS] = {false};
    status result = STATUS_OK;
    for (const char *text = parameters; result == STATUS_OK && text;) {
        const size_t length = strcspn(text, ",");
        result = parse_parameter(text, length, &made, is_given, f);
        text = text[length] != '\0' ? text + length + 1 : NULL;
    }
    if (result == STATUS_OK)
        *choice = made;
    return result;
}

status features_parse(const char *text, feature_choice *choice, failure *f)
{
    feature_choice made = {0};
    const size_t length = strcspn(text, ":");
    status result = find_map(text, length, &made.map, f);
    for (size_t i = 0; result == STATUS_OK && features_map(&made)->parameters[i].name; i++)
        made.values[i] = features_map(&made)->parameters[i].default_value;
    if (result == STATUS_OK && text[length] != '\0')
        result = features_set(text + length + 1, &made, f);
    if (result == STATUS_OK)
        *choice = made;
    return result;
}

void features_print(const feature_choice *choice, char text[FEATURES_TEXT_SIZE])
{
    const feature_map *map = features_map(choice);
    (void)snprintf(text, FEATURES_TEXT_SIZE, "%s", map->name);
    for (size_t i = 0; map->parameters[i].name; i++)
        append_text(text, FEATURES_TEXT_SIZE, "%c%s=%zu", i == 0 ? ':' : ',', map->parameters[i].name,
                    choice->values[i]);
}

void features_print_help(char *text, size_t size, const char *notes)
{
    (void)snprintf(text, size, "%s\n", notes);
    for (size_t i = 0; i < N_MAPS; i++) {
        append_text(text, size, "--features %s: %s", maps[i]->name, maps[i]->summary);
        for (const feature_parameter *p = maps[i]->parameters; p->name; p++)
            append_text(text, size, "; %s:%s=N for %s, %zu to %zu (default %zu)", maps[i]->name, p->name, p->help,
                        p->low, p->high, p->default_value);
        append_text(text, size, ".\n");
    }
}

status features_count(const feature_choice *choice, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
{
    if (features_map(choice)->count)
        return features_map(choice)->count(choice->values, n_rows, n_columns, n_features, f);
    *n_features = n_rows * n_columns;
    return STATUS_OK;
}

status features_open(const feature_choice *choice, size_t n_rows, size_t n_columns, const char *isa,
                     feature_transform *t, failure *f)
{
    feature_transform made = {
        .choice = *choice, .map = features_map(choice), .n_rows = n_rows, .n_columns = n_columns, .isa = isa};
    status result = features_count(choice, n_rows, n_columns, &made.n_features, f);
    if (result == STATUS_OK && made.map->prepare)
        made.prepared = made.map->prepare(&made);
    if (made.memory.has_failed) {
        features_close(&made);
        return fail_memory(f);
    }
    if (result == STATUS_OK)
        *t = made;
    return result;
}

void features_close(feature_transform *t)
{
    pool_free(&t->memory);
    *t = (feature_transform){0};
}
