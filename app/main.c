/* The program: a table of commands, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "commands/command.h"

static const command *const commands[] = {&command_train,   &command_eval,      &command_weights,
                                          &command_predict, &command_gradcheck, NULL};

static void print_help(void)
{
    printf("Usage: mnist COMMAND [OPTION ...]\n"
           "Softmax regression on images: train it, score it, look at it.\n\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n'mnist COMMAND --help' lists the options of a command; 'mnist --version' says which this is.\n");
}

static status unknown_command(const char *typed, failure *f)
{
    const char *names[sizeof commands / sizeof *commands] = {NULL};
    for (size_t i = 0; commands[i]; i++)
        names[i] = commands[i]->name;
    const char *near = nearest_name(typed, names);
    if (near)
        return fail_usage(f, "unknown command '%s', did you mean '%s'?", typed, near);
    return fail_usage(f, "unknown command '%s'", typed);
}

static status run(int argc, char **argv, failure *f)
{
    if (argc < 2)
        return fail_usage(f, "expected a command");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("mnist %s (%s)\n", MNIST_VERSION, sm_isa_name(NULL));
        return STATUS_OK;
    }
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1, f);
    return unknown_command(argv[1], f);
}

int main(int argc, char **argv)
{
    failure f = {""};
    status result = run(argc, argv, &f);
    if ((fflush(stdout) != 0 || ferror(stdout)) && result == STATUS_OK)
        result = fail(&f, "standard output: cannot be written");
    if (f.text[0] != '\0')
        fprintf(stderr, "mnist: %s\n", f.text);
    if (result == STATUS_USAGE)
        fprintf(stderr, "See 'mnist --help' and 'mnist COMMAND --help'.\n");
    return (int)result;
}
