/* Words of the command line, read by the table of commands. */

#include "chatctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const chatctl_command_t *find(const char *group, const char *name);
static int is_group(const char *word);
static int take_word(chatctl_t *ctl, const char **group, const char *word);
static int take_option(chatctl_t *ctl, int argc, char **argv, int *i);
static int take_global(chatctl_t *ctl, const char *name, const char *value);
static int take_own(chatctl_t *ctl, const chatctl_option_t *option,
    const char *value);
static const chatctl_option_t *find_option(const chatctl_option_t *options,
    const char *name, size_t len);
static int wrong(chatctl_t *ctl, const char *what, const char *word);


int
chatctl_parse(chatctl_t *ctl, int argc, char **argv)
{
    int          i, words_only;
    const char  *group;

    group = NULL;
    words_only = 0;

    /* whatever is wrong with the words is said in the form that is wanted */

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            ctl->json = 1;
        }
    }

    for (i = 1; i < argc; i++) {

        if (!words_only && strcmp(argv[i], "--") == 0) {
            words_only = 1;
            continue;
        }

        if (!words_only && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (take_option(ctl, argc, argv, &i) != 0) {
                return CHATCTL_USAGE;
            }

            continue;
        }

        if (take_word(ctl, &group, argv[i]) != 0) {
            return CHATCTL_USAGE;
        }
    }

    if (ctl->help) {
        return CHATCTL_OK;
    }

    if (ctl->command == NULL) {
        return wrong(ctl, group ? "a command is missing after" :
                                  "a command is missing", group);
    }

    if (ctl->nargs < ctl->command->min) {
        return wrong(ctl, "an argument is missing:", ctl->command->args);
    }

    return CHATCTL_OK;
}


static int
take_word(chatctl_t *ctl, const char **group, const char *word)
{
    if (ctl->command == NULL) {
        ctl->command = find(*group, word);

        if (ctl->command == NULL) {
            if (*group != NULL || !is_group(word)) {
                return wrong(ctl, "unknown command", word);
            }

            *group = word;
        }

        return 0;
    }

    if (ctl->nargs == ctl->command->max) {
        return wrong(ctl, "one argument too many:", word);
    }

    ctl->args[ctl->nargs++] = word;

    return 0;
}


static const chatctl_command_t *
find(const char *group, const char *name)
{
    const chatctl_command_t  *c;

    for (c = chatctl_commands; c->name != NULL; c++) {
        if ((group == NULL) == (c->group == NULL)
            && (group == NULL || strcmp(group, c->group) == 0)
            && strcmp(name, c->name) == 0)
        {
            return c;
        }
    }

    return NULL;
}


static int
is_group(const char *word)
{
    const chatctl_command_t  *c;

    for (c = chatctl_commands; c->name != NULL; c++) {
        if (c->group != NULL && strcmp(c->group, word) == 0) {
            return 1;
        }
    }

    return 0;
}


/* --name, --name=value, --name value */

static int
take_option(chatctl_t *ctl, int argc, char **argv, int *i)
{
    int                      global;
    size_t                   len;
    const char              *name, *value;
    const chatctl_option_t  *option;

    if (strcmp(argv[*i], "-h") == 0) {
        ctl->help = 1;
        return 0;
    }

    if (argv[*i][1] != '-') {
        return wrong(ctl, "unknown option", argv[*i]);
    }

    name = argv[*i] + 2;
    len = strcspn(name, "=");
    value = name[len] == '=' ? name + len + 1 : NULL;

    option = find_option(chatctl_globals, name, len);
    global = option != NULL;

    if (!global && ctl->command != NULL) {
        option = find_option(ctl->command->options, name, len);
    }

    if (option == NULL) {
        return wrong(ctl, "unknown option", argv[*i]);
    }

    if (option->value == NULL && value != NULL) {
        return wrong(ctl, "takes no value:", argv[*i]);
    }

    if (option->value != NULL && value == NULL) {
        if (*i + 1 == argc) {
            return wrong(ctl, "its value is missing:", argv[*i]);
        }

        value = argv[++*i];
    }

    return global ? take_global(ctl, option->name, value)
                  : take_own(ctl, option, value);
}


static int
take_global(chatctl_t *ctl, const char *name, const char *value)
{
    PQconninfoOption  *opts, *o;

    if (strcmp(name, "json") == 0) {
        return 0;
    }

    if (strcmp(name, "yes") == 0) {
        ctl->yes = 1;
        return 0;
    }

    if (strcmp(name, "help") == 0) {
        ctl->help = 1;
        return 0;
    }

    /* everybody on the machine may read the words of a command */

    opts = PQconninfoParse(value, NULL);

    for (o = opts; o != NULL && o->keyword != NULL; o++) {
        if (o->val != NULL && (strcmp(o->keyword, "password") == 0
                               || strcmp(o->keyword, "sslpassword") == 0))
        {
            PQconninfoFree(opts);
            return wrong(ctl, "a password has no place on the command line, "
                              "use passfile=, file:PATH or $CHAT_DATABASE in",
                         "--database");
        }
    }

    PQconninfoFree(opts);
    ctl->database = value;

    return 0;
}


static int
take_own(chatctl_t *ctl, const chatctl_option_t *option, const char *value)
{
    if (chatctl_option(ctl, option->name) != NULL) {
        return wrong(ctl, "given twice: option", option->name);
    }

    /* as many as the table has fit in */

    ctl->opt_names[ctl->nopts] = option->name;
    ctl->opt_values[ctl->nopts++] = value ? value : "";

    return 0;
}


static const chatctl_option_t *
find_option(const chatctl_option_t *options, const char *name, size_t len)
{
    int  i;

    for (i = 0; i < CHATCTL_OPTIONS && options[i].name != NULL; i++) {
        if (strlen(options[i].name) == len
            && memcmp(options[i].name, name, len) == 0)
        {
            return &options[i];
        }
    }

    return NULL;
}


const char *
chatctl_option(chatctl_t *ctl, const char *name)
{
    int  i;

    for (i = 0; i < ctl->nopts; i++) {
        if (strcmp(ctl->opt_names[i], name) == 0) {
            return ctl->opt_values[i];
        }
    }

    return NULL;
}


int
chatctl_number(chatctl_t *ctl, const char *name, long min, long max,
    long *value)
{
    long         n;
    char        *end;
    const char  *text;

    text = chatctl_option(ctl, name);

    if (text == NULL) {
        return 0;
    }

    errno = 0;
    n = strtol(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || text[0] == ' '
        || n < min || n > max)
    {
        (void) chatctl_fail(ctl, CHATCTL_USAGE, "usage",
                            "--%s is a number from %ld to %ld", name, min,
                            max);
        return -1;
    }

    *value = n;

    return 0;
}


static int
wrong(chatctl_t *ctl, const char *what, const char *word)
{
    (void) chatctl_fail(ctl, CHATCTL_USAGE, "usage", "%s%s%s%s", what,
                        word ? " \"" : "", word ? word : "",
                        word ? "\"" : "");

    if (!ctl->json) {
        if (ctl->command) {
            fprintf(stderr, "see chatctl %s%s%s --help\n",
                    ctl->command->group ? ctl->command->group : "",
                    ctl->command->group ? " " : "", ctl->command->name);

        } else {
            fputs("see chatctl --help\n", stderr);
        }
    }

    return CHATCTL_USAGE;
}
