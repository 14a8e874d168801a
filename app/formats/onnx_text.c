/* Reads arguments into the innermost of the nodes that are open, and adds a node to the graph when its last argument is read. */
#include "formats/onnx_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnx.h"
#include "formats/protobuf.h"

/* The numbers of the fields in onnx.proto, under their names there. */
enum graph_field { GRAPH_NODE = 1 };
enum node_field { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum attribute_field {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20
};
enum attribute_type { ATTRIBUTE_FLOAT = 1, ATTRIBUTE_INT = 2, ATTRIBUTE_INT_LIST = 7 };

enum { NAME_SIZE = 32, MAX_LIST = 16, MAX_OPEN = 16 };

/* A node whose arguments are being read. */
typedef struct open_node {
    char type[NAME_SIZE], name[NAME_SIZE];
    buffer inputs, attributes; /* fields */
} open_node;

typedef struct parser {
    const char *at;
    buffer *graph;
    size_t n_inner; /* results without a name of their own */
    size_t n_open;
    open_node open[MAX_OPEN]; /* from the outermost to the innermost */
} parser;

static void skip_blank(parser *p)
{
    while (isspace((unsigned char)*p->at) || *p->at == '#')
        p->at += *p->at == '#' ? strcspn(p->at, "\n") : 1;
}

/* Whether this character comes next; if so, goes past it. */
static bool take(parser *p, char c)
{
    skip_blank(p);
    const bool is_next = *p->at == c;
    p->at += is_next;
    return is_next;
}

static void take_word(parser *p, char word[NAME_SIZE])
{
    size_t length = 0;
    skip_blank(p);
    while (isalnum((unsigned char)p->at[length]) || p->at[length] == '_')
        length++;
    (void)snprintf(word, NAME_SIZE, "%.*s", (int)length, p->at);
    p->at += length;
}

static bool number_is_next(parser *p)
{
    skip_blank(p);
    return *p->at == '-' || isdigit((unsigned char)*p->at);
}

/* A number, and whether it is a float; the suffix of C's floats is allowed. */
static double take_number(parser *p, bool *is_float)
{
    char *end;
    const double value = strtod(p->at, &end);
    *is_float = strcspn(p->at, ".e") < (size_t)(end - p->at);
    p->at = end + (*end == 'f');
    return value;
}

/* The rest of a list, after its bracket. */
static size_t take_list(parser *p, int64_t list[MAX_LIST])
{
    size_t n = 0;
    bool is_float;
    while (n < MAX_LIST && number_is_next(p)) {
        list[n++] = (int64_t)take_number(p, &is_float);
        (void)take(p, ',');
    }
    (void)take(p, ']');
    return n;
}

static void take_attribute(parser *p, buffer *attributes)
{
    buffer message = {0};
    char name[NAME_SIZE];
    enum attribute_type type = ATTRIBUTE_INT_LIST;
    take_word(p, name);
    protobuf_text(&message, ATTRIBUTE_NAME, name);
    (void)take(p, '=');
    if (take(p, '[')) {
        int64_t list[MAX_LIST];
        const size_t n = take_list(p, list);
        for (size_t i = 0; i < n; i++)
            protobuf_number(&message, ATTRIBUTE_INTS, (uint64_t)list[i]);
    } else {
        bool is_float;
        const double value = take_number(p, &is_float);
        type = is_float ? ATTRIBUTE_FLOAT : ATTRIBUTE_INT;
        if (is_float)
            protobuf_float(&message, ATTRIBUTE_F, (float)value);
        else
            protobuf_number(&message, ATTRIBUTE_I, (uint64_t)(int64_t)value);
    }
    protobuf_number(&message, ATTRIBUTE_TYPE, type);
    protobuf_message(attributes, NODE_ATTRIBUTE, &message);
}

static void name_inner(parser *p, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "_%zu", ++p->n_inner);
}

/* To the innermost node, if there is one. */
static void add_input(parser *p, const char *name)
{
    if (p->n_open > 0)
        protobuf_text(&p->open[p->n_open - 1].inputs, NODE_INPUT, name);
}

/* Reads a node up to its arguments; the text is at what follows the operator. */
static void begin_node(parser *p, const char *type, const char *name)
{
    open_node *node = &p->open[p->n_open++];
    *node = (open_node){0};
    (void)snprintf(node->type, NAME_SIZE, "%s", type);
    (void)snprintf(node->name, NAME_SIZE, "%s", name);
    if (take(p, '<')) {
        do
            take_attribute(p, &node->attributes);
        while (take(p, ','));
        (void)take(p, '>');
    }
    (void)take(p, '(');
}

/* Adds the innermost node to the graph, and its result to the arguments of the one around it. */
static void end_node(parser *p)
{
    open_node *node = &p->open[--p->n_open];
    buffer message = node->inputs;
    protobuf_text(&message, NODE_OUTPUT, node->name);
    protobuf_text(&message, NODE_NAME, node->name);
    protobuf_text(&message, NODE_OP_TYPE, node->type);
    buffer_add(&message, node->attributes.data, node->attributes.size);
    message.failed |= node->attributes.failed;
    free(node->attributes.data);
    protobuf_message(p->graph, GRAPH_NODE, &message);
    add_input(p, node->name);
}

/* Adds a constant, and its name to the arguments. */
static void take_constant(parser *p)
{
    char name[NAME_SIZE];
    name_inner(p, name);
    if (take(p, '[')) {
        int64_t list[MAX_LIST];
        const size_t n = take_list(p, list);
        onnx_add_tensor(p->graph, name, ONNX_INT64, 1, &n, list);
    } else {
        bool is_float;
        const float value = (float)take_number(p, &is_float);
        onnx_add_tensor(p->graph, name, ONNX_FLOAT, 0, NULL, &value);
    }
    add_input(p, name);
}

/* Adds an argument, or begins the node that it is. Always goes on in the text. */
static void take_argument(parser *p)
{
    char word[NAME_SIZE];
    if (number_is_next(p) || *p->at == '[') {
        take_constant(p);
        return;
    }
    take_word(p, word);
    if ((*p->at == '<' || *p->at == '(') && p->n_open < MAX_OPEN) {
        char name[NAME_SIZE];
        name_inner(p, name);
        begin_node(p, word, name);
    } else {
        add_input(p, word);
        p->at += word[0] == '\0';
    }
}

void onnx_add_text(buffer *graph, const char *text)
{
    parser p = {.at = text, .graph = graph};
    char name[NAME_SIZE], type[NAME_SIZE];
    for (take_word(&p, name); name[0] != '\0' && take(&p, '='); take_word(&p, name)) {
        take_word(&p, type);
        begin_node(&p, type, name);
        while (p.n_open > 0) {
            if (take(&p, ')') || *p.at == '\0')
                end_node(&p);
            else if (!take(&p, ','))
                take_argument(&p);
        }
    }
}
