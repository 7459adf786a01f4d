/* What people and shells are told of the table of commands. */

#include "chatctl.h"

#include <string.h>

#define TEXT_COLUMN     40
#define LINE_MAX        78

static void words(const chatctl_command_t *command, char line[128]);
static void wrapped(const char *text, int indent, int column);
static void options(const chatctl_option_t *option);
static json_t *options_json(const chatctl_option_t *option);

static const char  exits[] =
    "Exit code: 0 done, 1 failed or a fault was found, 2 wrong usage, 3 no such\n"
    "account, session or invitation, 4 the database can't be reached or its schema\n"
    "doesn't fit, 5 not confirmed.\n";


void
chatctl_usage(FILE *out)
{
    char                      line[128];
    const chatctl_command_t  *c;

    fputs("usage: chatctl [--database CONNINFO] [--json] [--yes] COMMAND ...\n\n",
          out);

    for (c = chatctl_commands; c->name != NULL; c++) {
        words(c, line);
        fprintf(out, "  %-*s", TEXT_COLUMN - 4, line);

        if (strlen(line) > TEXT_COLUMN - 6) {
            fprintf(out, "\n  %-*s", TEXT_COLUMN - 4, "");
        }

        fprintf(out, "  %s\n", c->text);
    }

    fputs("\nUSER is a username, an address or an account's id. CONNINFO is libpq's\n"
          "(\"host=/run/postgresql dbname=chat\") or file:PATH; without it the\n"
          "environment's CHAT_DATABASE, else libpq's own PG* variables.\n"
          "chatctl COMMAND --help tells more, man chatctl all.\n", out);
    fputs(exits, out);
}


/* "user list", "session revoke SESSION" */

static void
words(const chatctl_command_t *command, char line[128])
{
    (void) snprintf(line, 128, "%s%s%s%s%s",
                    command->group ? command->group : "",
                    command->group ? " " : "", command->name,
                    command->args[0] ? " " : "", command->args);
}


void
chatctl_help(const chatctl_command_t *command)
{
    char  line[128];

    words(command, line);
    printf("usage: chatctl %s\n\n  %s\n", line, command->text);

    if (command->more) {
        fputs("\n  ", stdout);
        wrapped(command->more, 2, 2);
    }

    if (command->options[0].name) {
        fputs("\n", stdout);
        options(command->options);
    }

    fputs("\n", stdout);
    options(chatctl_globals);

    if (command->flags & CHATCTL_CONFIRM) {
        fputs("\n  Asks before it does that, or takes --yes.\n", stdout);
    }

    printf("\n%s", exits);
}


static void
options(const chatctl_option_t *option)
{
    int   i, n;
    char  name[64];

    for (i = 0; i < CHATCTL_OPTIONS && option[i].name != NULL; i++) {
        n = snprintf(name, sizeof(name), "  --%s%s%s", option[i].name,
                     option[i].value ? " " : "",
                     option[i].value ? option[i].value : "");
        printf("%-26s", name);
        wrapped(option[i].text, 26, n > 26 ? n : 26);
    }
}


/* breaks lines between words; column: where the first one begins */

static void
wrapped(const char *text, int indent, int column)
{
    int  len;

    for ( ;; ) {
        len = (int) strcspn(text, " ");
        printf("%.*s", len, text);
        column += len;
        text += len;

        if (*text == '\0') {
            break;
        }

        text++;
        len = (int) strcspn(text, " ");

        if (column + 1 + len > LINE_MAX) {
            printf("\n%*s", indent, "");
            column = indent;

        } else {
            putchar(' ');
            column++;
        }
    }

    putchar('\n');
}


/* the table itself: what checks the man page reads it */

int
chatctl_help_json(void)
{
    json_t                   *commands;
    const chatctl_command_t  *c;

    commands = json_array();

    for (c = chatctl_commands; c->name != NULL; c++) {
        (void) json_array_append_new(commands, json_pack(
            "{s:s?,s:s,s:s,s:s,s:b,s:b,s:o}", "group", c->group, "name",
            c->name, "args", c->args, "text", c->text, "database",
            (c->flags & CHATCTL_DB) != 0, "confirm",
            (c->flags & CHATCTL_CONFIRM) != 0, "options",
            options_json(c->options)));
    }

    return chatctl_json(json_pack("{s:o,s:o}", "commands", commands,
                                  "options", options_json(chatctl_globals)));
}


static json_t *
options_json(const chatctl_option_t *option)
{
    int      i;
    json_t  *list;

    list = json_array();

    for (i = 0; i < CHATCTL_OPTIONS && option[i].name != NULL; i++) {
        (void) json_array_append_new(list, json_pack(
            "{s:s,s:s?,s:s}", "name", option[i].name, "value",
            option[i].value, "text", option[i].text));
    }

    return list;
}
