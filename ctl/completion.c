/* Completion for bash, made of the table of commands. */

#include "chatctl.h"

#include <string.h>

static void print_words(const char *group);
static void print_options(const chatctl_option_t *option);
static int seen_before(const chatctl_command_t *command);

/* a value's place in the line is found by walking over what takes one */

static const char  head[] =
    "# bash completion for chatctl; made by \"chatctl completion bash\"\n"
    "_chatctl() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} group= name= word i values='";

static const char  walk[] =
    "'\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == -* ]]; then\n"
    "            [[ $values == *\" ${word} \"* ]] && ((i++))\n"
    "        elif [[ -z $name ]]; then\n"
    "            case $word in\n";

static const char  tail[] =
    "    esac\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "}\n"
    "complete -F _chatctl chatctl\n";


int
chatctl_completion(chatctl_t *ctl)
{
    int                       i;
    const chatctl_command_t  *c;

    (void) ctl;

    fputs(head, stdout);

    for (i = 0; chatctl_globals[i].name != NULL; i++) {
        if (chatctl_globals[i].value) {
            printf(" --%s ", chatctl_globals[i].name);
        }
    }

    for (c = chatctl_commands; c->name != NULL; c++) {
        for (i = 0; i < CHATCTL_OPTIONS && c->options[i].name; i++) {
            if (c->options[i].value) {
                printf(" --%s ", c->options[i].name);
            }
        }
    }

    fputs(walk, stdout);

    /* a group takes a second word before the command is known */

    for (c = chatctl_commands; c->name != NULL; c++) {
        if (c->group && !seen_before(c)) {
            printf("                %s) if [[ -z $group ]]; then group=$word; "
                   "else name=$word; fi ;;\n", c->group);
        }
    }

    fputs("                *) name=$word ;;\n"
          "            esac\n"
          "        fi\n"
          "    done\n"
          "    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == -* "
          "&& $values == *\" ${COMP_WORDS[COMP_CWORD - 1]} \"* ]]; then\n"
          "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    local words='", stdout);
    print_options(chatctl_globals);
    fputs("'\n    case \"$group $name\" in\n        ' ') words+='", stdout);
    print_words(NULL);
    fputs("' ;;\n", stdout);

    for (c = chatctl_commands; c->name != NULL; c++) {
        if (c->group && !seen_before(c)) {
            printf("        '%s ') words+='", c->group);
            print_words(c->group);
            fputs("' ;;\n", stdout);
        }

        if (c->options[0].name) {
            printf("        '%s %s') words+='", c->group ? c->group : "",
                   c->name);
            print_options(c->options);
            fputs("' ;;\n", stdout);
        }
    }

    fputs(tail, stdout);

    return CHATCTL_OK;
}


/* the names of a group; group NULL: all first words */

static void
print_words(const char *group)
{
    const chatctl_command_t  *c;

    for (c = chatctl_commands; c->name != NULL; c++) {
        if (group == NULL) {
            if (c->group == NULL || !seen_before(c)) {
                printf(" %s", c->group ? c->group : c->name);
            }

        } else if (c->group && strcmp(c->group, group) == 0) {
            printf(" %s", c->name);
        }
    }
}


static void
print_options(const chatctl_option_t *option)
{
    int  i;

    for (i = 0; i < CHATCTL_OPTIONS && option[i].name != NULL; i++) {
        printf(" --%s", option[i].name);
    }
}


/* whether an earlier row is of the same group */

static int
seen_before(const chatctl_command_t *command)
{
    const chatctl_command_t  *c;

    for (c = chatctl_commands; c != command; c++) {
        if (c->group && strcmp(c->group, command->group) == 0) {
            return 1;
        }
    }

    return 0;
}
