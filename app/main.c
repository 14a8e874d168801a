/* The program: a table of commands, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/command.h"

static const command *const commands[] = {&command_train,  &command_eval,   &command_weights,   &command_predict,
                                          &command_report, &command_export, &command_gradcheck, NULL};

static void print_help(void)
{
    printf("Usage: mnist COMMAND [OPTION ...]\n"
           "Softmax regression on images: train it, score it, look at it.\n\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n'mnist COMMAND --help' lists the options of a command;\n'mnist --version' prints the version.\n");
}

static status unknown_command(const char *typed, failure *f)
{
    const char *names[sizeof commands / sizeof *commands] = {NULL};
    for (size_t i = 0; commands[i]; i++)
        names[i] = commands[i]->name;
    const char *near = nearest_name(typed, names);
    return near ? fail_usage(f, "unknown command '%s', did you mean '%s'?", typed, near)
                : fail_usage(f, "unknown command '%s'", typed);
}

static status run_command(int argc, char **argv, failure *f)
{
    if (check_instruction_set(f) != STATUS_OK)
        return STATUS_USAGE;
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(argv[0], commands[i]->name) == 0) {
            const status result = commands[i]->run(argc, argv, f);
            return result == STATUS_HELP ? STATUS_OK : result;
        }
    return unknown_command(argv[0], f);
}

static status run(int argc, char **argv, failure *f)
{
    if (argc < 2)
        return fail_usage(f, "expected a command");
    const bool is_help = strcmp(argv[1], "help") == 0;
    if (is_help && argc > 2) {
        char option[] = "--help";
        return run_command(2, (char *[]){argv[2], option, NULL}, f);
    }
    if (is_help || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("mnist %s (%s)\n", MNIST_VERSION, sm_isa_name(NULL));
        return STATUS_OK;
    }
    return run_command(argc - 1, argv + 1, f);
}

/* Keeps descriptors 0 to 2 taken, so that no file becomes standard output if the program is started without one. They
 * are opened in the wrong direction: reading or writing them still fails. */
static void occupy_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) == -1)
            (void)open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
}

/* A closed pipe and a file beyond its size limit are failed writes like any other: the program goes on to write its
 * other files. */
static void ignore_write_signals(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

static status end_output(status result, failure *f)
{
    if (fflush(stdout) != 0)
        return result == STATUS_OK ? fail(f, "standard output: cannot be written: %s", strerror(errno)) : result;
    if (ferror(stdout))
        return result == STATUS_OK ? fail(f, "standard output: cannot be written") : result;
    return result;
}

int main(int argc, char **argv)
{
    failure f = {""};
    occupy_standard_descriptors();
    ignore_write_signals();
    const status result = end_output(run(argc, argv, &f), &f);
    if (f.text[0] != '\0')
        fprintf(stderr, "mnist: %s\n", f.text);
    if (result == STATUS_USAGE)
        fprintf(stderr, "See 'mnist --help' and 'mnist COMMAND --help'.\n");
    return (int)result;
}
