/* Feature maps: their names and parameters, and features in memory or recomputed. */
#include <stdlib.h>
#include <string.h>

#include "model/feature_store.h"
#include "features/features.h"
#include "features/loops.h"
#include "support_app/scratch.h"

START_TEST(every_map_is_written_as_it_is_read)
{
    static const char *const texts[] = {"pixels",
                                        "deskew",
                                        "scattering",
                                        "scattering:J=2",
                                        "scattering:L=16,J=5",
                                        "patches",
                                        "patches:seed=7,filters=5",
                                        "columns"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        feature_choice choice, again;
        failure f = {""};
        char text[FEATURES_TEXT_SIZE];
        CHECK_OK(features_parse(texts[i], &choice, &f), &f);
        features_print(&choice, text);
        CHECK_OK(features_parse(text, &again, &f), &f);
        ck_assert_mem_eq(&again, &choice, sizeof choice);
        ck_assert(strncmp(text, texts[i], strlen(features_map(&choice)->name)) == 0);
    }
    ck_assert_ptr_eq(features_map(&(feature_choice){0}), &feature_map_pixels);
}
END_TEST

START_TEST(nonsense_is_refused_with_the_expected_form)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"", "no map '', expected pixels"},
        {"deskewed", "no map 'deskewed'"},
        {"desk", "no map 'desk'"},
        {"deskew:", "deskew takes no parameters, found ''"},
        {"scattering:", "scattering has no parameter '', expected J or L"},
        {"scattering:K=3", "no parameter 'K'"},
        {"scattering:JJ=3", "no parameter 'JJ'"},
        {"scattering:J", "expected J=N, N a whole number from 1 to 5"},
        {"scattering:J=", "expected J=N"},
        {"scattering:J=0", "from 1 to 5"},
        {"scattering:J=6", "from 1 to 5"},
        {"scattering:J=-1", "from 1 to 5"},
        {"scattering:J=3.5", "from 1 to 5"},
        {"scattering:J=3x", "from 1 to 5"},
        {"scattering:L=17", "expected L=N, N a whole number from 1 to 16"},
        {"scattering:J=18446744073709551617", "from 1 to 5"},
        {"scattering:J=3,J=3", "J is given twice"},
        {"scattering:J=3,", "no parameter ''"},
        {"scattering:J=3;L=8", "from 1 to 5"},
        {"pixels:J=3", "pixels takes no parameters, found 'J'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        feature_choice choice = {.map = 77};
        failure f = {""};
        check_failed(features_parse(cases[i].text, &choice, &f), &f, NULL, cases[i].line, NULL);
        ck_assert_uint_eq(choice.map, 77);
    }
}
END_TEST

START_TEST(the_help_names_every_map)
{
    char text[2048];
    features_print_help(text, sizeof text, "Something else.");
    ck_assert_ptr_nonnull(strstr(text, "Something else."));
    ck_assert_ptr_nonnull(strstr(text, "pixels"));
    ck_assert_ptr_nonnull(strstr(text, "deskew"));
    ck_assert(strlen(text) + 1 < sizeof text);
}
END_TEST

START_TEST(loops_take_no_more_than_they_are_allowed)
{
    const feature_loops plain = find_feature_loops("scalar"), none = find_feature_loops("z80");
    ck_assert_ptr_eq(plain.scattering, &scattering_plain);
    ck_assert_ptr_eq(plain.patches, &patches_plain);
    ck_assert_ptr_eq(none.scattering, &scattering_plain);
    ck_assert_ptr_eq(none.patches, &patches_plain);
#ifdef __x86_64__
    if (sm_isa_name("avx2")) {
        ck_assert_ptr_eq(find_feature_loops("avx2").scattering, &scattering_avx2);
        ck_assert_ptr_eq(find_feature_loops("avx2").patches, &patches_avx2);
    }
    if (sm_isa_name("avx512")) {
        ck_assert_ptr_eq(find_feature_loops("avx512").scattering, &scattering_avx512);
        ck_assert_ptr_eq(find_feature_loops("avx512").patches, &patches_avx512);
    }
#endif
    ck_assert_str_eq(find_feature_loops(NULL).isa, find_feature_loops(sm_isa_name(NULL)).isa);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

enum { N_IMAGES = 300, SIDE = 12, N_PIXELS = SIDE * SIDE };

static dataset make_data(void)
{
    dataset data = {.n_samples = N_IMAGES, .n_rows = SIDE, .n_columns = SIDE, .n_classes = 3};
    data.pixels = calloc(N_IMAGES, N_PIXELS);
    data.labels = calloc(N_IMAGES, 1);
    ck_assert(data.pixels && data.labels);
    sm_random random = {5};
    for (size_t i = 0; i < N_IMAGES * N_PIXELS; i++)
        data.pixels[i] = (uint8_t)(sm_random_below(&random, 3) ? 0 : sm_random_below(&random, 256));
    for (size_t n = 0; n < N_IMAGES; n++)
        data.labels[n] = (uint8_t)(n % 3);
    return data;
}

static void check_same_features(const char *text)
{
    dataset data = make_data();
    feature_choice choice;
    feature_store kept, computed;
    feature_range kept_range, computed_range;
    failure f = {""};
    CHECK_OK(features_parse(text, &choice, &f), &f);
    CHECK_OK(feature_store_create(&data, &choice, &(sm_execution){3, NULL}, SIZE_MAX, &kept, &f), &f);
    CHECK_OK(feature_store_create(&data, &choice, &(sm_execution){1, "scalar"}, 0, &computed, &f), &f);
    const sm_source a = feature_store_source(&kept, 7, 290, 3, &kept_range);
    const sm_source b = feature_store_source(&computed, 7, 290, 3, &computed_range);
    ck_assert_uint_eq(a.n_features, b.n_features);
    ck_assert_ptr_eq(a.labels, data.labels + 7);
    ck_assert_uint_eq(a.n_samples, 290);
    const size_t row_bytes = a.n_features * sm_type_bytes(a.type);
    ck_assert_uint_eq(b.scratch_row_bytes, choice.map == 0 ? 0 : row_bytes);
    uint8_t *one = malloc(290 * row_bytes), *other = malloc(290 * row_bytes);
    ck_assert(one && other);
    ck_assert_int_eq(sm_source_read(&a, &(sm_execution){2, NULL}, one), SM_OK);
    ck_assert_int_eq(sm_source_read(&b, &(sm_execution){3, NULL}, other), SM_OK);
    ck_assert_mem_eq(one, other, 290 * row_bytes);
    const size_t indices[] = {289, 0, 17, 17, 3};
    if (b.gather) {
        ck_assert(b.gather(b.context, indices, 5, other));
        for (size_t i = 0; i < 5; i++)
            ck_assert_mem_eq(other + i * row_bytes, one + indices[i] * row_bytes, row_bytes);
    }
    free(other);
    free(one);
    feature_store_destroy(&computed);
    feature_store_destroy(&kept);
    free(data.labels);
    free(data.pixels);
}

/* An image has the same features whatever its neighbours, in memory or not, on any number of threads and instruction
 * set. */
START_TEST(features_are_the_same_in_memory_and_recomputed)
{
    check_same_features("pixels");
    check_same_features("deskew");
    check_same_features("scattering:J=2,L=3");
    check_same_features("patches:filters=5,seed=2");
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("features", every_map_is_written_as_it_is_read, nonsense_is_refused_with_the_expected_form,
                         the_help_names_every_map, loops_take_no_more_than_they_are_allowed,
                         features_are_the_same_in_memory_and_recomputed);
}
