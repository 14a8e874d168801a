/* mnist train: from images, or a table, to a model file. */
#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/text.h"
#include "commands/command.h"
#include "show/progress.h"
#include "training/checkpoint.h"
#include "training/trained_model.h"

/* Set by Ctrl-C: a signal handler cannot reach anything else. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* The first Ctrl-C ends training, a second one the program. */
static void catch_interrupts(void)
{
    /* System calls are restarted, so that Ctrl-C does not fail reading and writing. */
    struct sigaction action = {.sa_flags = (int)SA_RESETHAND | SA_RESTART};
    action.sa_handler = on_interrupt;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
}

/* Describes the table that was read, so that the user can tell whether it was understood. */
static void print_table(const dataset *data)
{
    const size_t n = data->n_classes;
    print_line(stderr, "%s: %zu rows of %zu column%s, %zu classes: %s, %s%s%s%s", data->images_path,
               data->n_samples, data->n_columns, data->n_columns == 1 ? "" : "s", n, data->names->names[0],
               data->names->names[1], n > 2 ? ", " : "", n > 2 ? data->names->names[2] : "", n > 3 ? ", ..." : "");
}

/* The weights in a model are floats for the original columns, and its bias has the sum of weights times means. */
static void warn_of_far_mean(const dataset *data, const column_scale *scales)
{
    const double far = 1e5;
    size_t d = 0;
    while (d < data->n_columns && (scales[d].is_constant || fabs(scales[d].mean) <= far * scales[d].unit))
        d++;
    if (d < data->n_columns)
        print_line(stderr,
                   "%s: column %zu of the features: its mean, %g, is far beyond its deviation, %g: the model is "
                   "exact to a few digits only; subtract the mean first",
                   data->images_path, d + 1, scales[d].mean, scales[d].unit);
}

static void warn_of_constants(const dataset *data, const column_scale *scales)
{
    enum { N_NAMED = 5 };
    char named[128] = "";
    size_t n = 0;
    for (size_t d = 0; d < data->n_columns; d++)
        if (scales[d].is_constant && ++n <= N_NAMED)
            append_text(named, sizeof named, "%s%zu", n > 1 ? ", " : "", d + 1);
    if (n > N_NAMED)
        append_text(named, sizeof named, " and %zu more", n - N_NAMED);
    if (n > 0)
        print_line(stderr, "%s: column%s %s of the features: constant, to within %g, and so without effect",
                   data->images_path, n > 1 ? "s" : "", named, MIN_DEVIATION);
}

static void print_features(const training_set *set)
{
    const feature_transform *t = &set->store.transform;
    const size_t n_samples = set->data.n_samples;
    const double n_bytes = (double)(n_samples * t->n_features * sm_type_bytes(t->map->type));
    fprintf(stderr, "%s: %zu features of %zu images", t->map->name, t->n_features, n_samples);
    if (set->store.rows)
        fprintf(stderr, " in %.2f s, %.0f MB\n", set->feature_seconds, n_bytes / 1e6);
    else
        fprintf(stderr, ", computed at each use: --memory %.0fM would keep them\n", ceil(n_bytes / 0x1p20));
}

/* Warnings are printed with --quiet, too. */
static void print_set(const settings *s, const training_set *set)
{
    print_pictures(set->data.images_path, &set->read, s->quiet);
    if (s->add)
        print_pictures(s->add, &set->added, s->quiet);
    if (!s->quiet && set->store.transform.map->transform)
        print_features(set);
    if (!s->quiet && set->scales)
        print_table(&set->data);
    if (set->scales) {
        warn_of_far_mean(&set->data, set->scales);
        warn_of_constants(&set->data, set->scales);
    }
}

/* An estimate: L-BFGS closes the gap at a steady rate; SGD has a number of epochs. Infinite if unknown. */
static double seconds_left(const settings *s, const history_row *first, const history_row *row)
{
    const double seconds = row->seconds - first->seconds, n_done = row->number - first->number;
    const double goal = s->lbfgs.tolerance * row->objective;
    if (s->optimizer == OPTIMIZER_SGD && n_done > 0)
        return seconds / n_done * ((double)s->sgd.n_epochs - row->number);
    if (!(row->gap < first->gap && goal > 0 && row->gap > goal))
        return HUGE_VAL;
    return seconds * log(row->gap / goal) / log(first->gap / row->gap);
}

/* Whether L-BFGS ended by itself without reaching the tolerance. */
static bool has_missed_tolerance(const outcome *o)
{
    return o->ending == ENDING_MISSED && !interrupted;
}

static const char *why_missed(const training *t, const outcome *o)
{
    const sm_stop stop = sm_minimiser_info(t->minimiser)->stop;
    if (o->has_no_minimum)
        return "there is no minimum";
    return stop == SM_STOP_CONVERGED ? "the weights, rounded to the floats of a model, are beyond the tolerance"
                                     : sm_stop_string(stop);
}

/* What the user must know even with --quiet. */
static void warn_of_end(const training *t, const outcome *o)
{
    if (o->has_no_minimum)
        print_line(stderr,
                   "mnist: there is no minimum: the weights separate the classes, and with --l2 0 larger ones "
                   "are always better");
    else if (has_missed_tolerance(o) && o->gap < 1)
        print_line(stderr,
                   "mnist: not converged: %s; the objective is at most %.3g of itself above its minimum, "
                   "--tolerance is %g",
                   why_missed(t, o), o->gap, t->settings->lbfgs.tolerance);
    else if (has_missed_tolerance(o))
        print_line(stderr, "mnist: not converged: %s", why_missed(t, o));
}

/* Why training stopped, and what is known of the result. */
static void print_closing(const training *t, const outcome *o)
{
    const size_t n_iterations = sm_minimiser_info(t->minimiser)->n_iterations;
    const char *units[] = {"iterations", "epochs", "iteration", "epoch"};
    const bool is_sgd = t->settings->optimizer == OPTIMIZER_SGD, is_one = n_iterations == 1;
    static const char *const endings[] = {[ENDING_CONVERGED] = "converged",
                                          [ENDING_MISSED] = "not converged",
                                          [ENDING_STOPPED_EARLY] = "stopped early",
                                          [ENDING_COMPLETE] = "ended"};
    printf("%s after %zu %s", interrupted ? "interrupted" : endings[o->ending], n_iterations,
           units[2 * is_one + is_sgd]);
    if (has_missed_tolerance(o))
        printf(": %s", why_missed(t, o));
    if (o->is_earlier)
        printf("%s kept the model of %s %zu", has_missed_tolerance(o) ? ";" : ":", units[2 + is_sgd],
               t->best_iteration);
    printf(", %.2f s, l2 %g, objective %.9f\n", training_seconds(t), t->l2, o->objective);
    if (o->gap < 1)
        printf("the objective is at most %.3g of itself above its minimum\n", o->gap);
}

static status restore(training *t, failure *f)
{
    const settings *s = t->settings;
    bool found = false;
    const status result = s->resume ? checkpoint_restore(t, &found, f) : STATUS_OK;
    if (result == STATUS_OK && s->resume && !found && !s->quiet)
        print_line(stderr, "no checkpoint in %s: training starts from the beginning", s->output);
    return result;
}

static status choose_l2(training *t, failure *f)
{
    const l2_path *path = &t->path;
    status result = STATUS_OK;
    bool is_last = false;
    while (result == STATUS_OK && !is_last && !l2_path_is_done(path)) {
        result = training_try_l2(t, f);
        if (result == STATUS_OK && !t->settings->quiet)
            fprintf(stderr, "l2 %-6g  validation loss %.5f  validation %.2f %%\n", path->l2, path->loss,
                    100 * path->accuracy);
        is_last = interrupted;
        if (result == STATUS_OK)
            result = checkpoint_keep(t, is_last, f);
    }
    return result == STATUS_OK ? training_take_l2(t, f) : result;
}

static status minimise(training *t, failure *f)
{
    const settings *s = t->settings;
    const bool is_terminal = isatty(STDERR_FILENO);
    history_row first = {.number = -1};
    status result = STATUS_OK;
    bool is_last = false;
    while (result == STATUS_OK && !is_last && training_step(t)) {
        const history_row row = training_record(t);
        first = first.number < 0 ? row : first;
        if (!s->quiet)
            progress_print(stderr, is_terminal, s->optimizer == OPTIMIZER_SGD, &row, seconds_left(s, &first, &row));
        is_last = interrupted;
        result = checkpoint_keep(t, is_last, f);
    }
    if (!s->quiet && is_terminal)
        fprintf(stderr, "\n");
    return result == STATUS_OK ? training_end(t, f) : result;
}

/* Writes the results. Then there is nothing left to resume, unless training was interrupted. */
static status finish(training *t, failure *f)
{
    const settings *s = t->settings;
    outcome o;
    model m = {0};
    status result = trained_model_create(t, &m, f);
    if (result == STATUS_OK)
        result = outcome_find(t, &m, &o, f);
    if (result == STATUS_OK)
        result = write_result(s->output, "history.csv", &t->history, f);
    if (result == STATUS_OK)
        result = trained_model_write(t, &o, &m, f);
    model_destroy(&m);
    if (result == STATUS_OK && !interrupted)
        checkpoint_remove(t);
    if (result == STATUS_OK)
        warn_of_end(t, &o);
    if (result == STATUS_OK && (!s->quiet || interrupted)) {
        print_closing(t, &o);
        print_line(stdout, "wrote %s/model.safetensors", s->output);
    }
    return result == STATUS_OK && interrupted ? STATUS_INTERRUPTED : result;
}

static status train(const settings *s, training_set *set, training *t, failure *f)
{
    status result = make_folder(s->output, f);
    if (result == STATUS_OK)
        result = training_set_load(s, set, f);
    if (result == STATUS_OK) {
        print_set(s, set);
        result = training_create(s, set, t, f);
    }
    if (result != STATUS_OK)
        return result;
    catch_interrupts();
    result = restore(t, f);
    if (result == STATUS_OK && training_chooses_l2(t))
        result = choose_l2(t, f);
    if (result == STATUS_OK)
        result = minimise(t, f);
    return result == STATUS_OK ? finish(t, f) : result;
}

static status run(int argc, char **argv, failure *f)
{
    settings s;
    training_set set = {.feature_seconds = 0};
    training t = {.settings = NULL};
    buffer help = {0};
    status result = settings_parse(argc, argv, &s, &help, f);
    if (result == STATUS_HELP)
        return print_buffer(&help, f) == STATUS_OK ? STATUS_HELP : STATUS_FAILED;
    const size_t existing = existing_length(s.output);
    if (result == STATUS_OK)
        result = train(&s, &set, &t, f);
    if (result != STATUS_OK)
        remove_empty_folders(s.output, existing);
    training_destroy(&t);
    training_set_destroy(&set);
    return result;
}

const command command_train = {"train", "train a model on the training set", run};
