/* SPDX-License-Identifier: ISC */
#include <jansson.h>
#include <stdlib.h>

#include "cmd.h"

/*
 * completion: what lets a shell complete the words of mailctl, made from the
 * table of commands.
 *
 * A place is what was typed of a command, "" or "mailbox"; behind it may
 * stand words of commands, and once it is a whole one, its options.
 */
struct shell {
	const char *name, *before, *after;
	/* A place and its words; the options of a command, at it and behind. */
	void (*place)(const char *place, const char *words);
	void (*command)(const char *name, const char *words);
};

static void
bash_place(const char *place, const char *words)
{
	printf("\t'%s') words='%s' ;;\n", place, words);
}

static void
bash_command(const char *name, const char *words)
{
	printf("\t'%s' | '%s '*) words='%s' ;;\n", name, name, words);
}

static void
zsh_place(const char *place, const char *words)
{
	printf("\t('%s') found=(%s) ;;\n", place, words);
}

static void
zsh_command(const char *name, const char *words)
{
	printf("\t('%s'|'%s '*) found=(%s) ;;\n", name, name, words);
}

static void
fish_place(const char *place, const char *words)
{
	printf("complete -c mailctl -f -n "
	       "'test (__mailctl_verb) = \"mailctl%s%s\"' -a '%s'\n",
	    place[0] != '\0' ? " " : "", place, words);
}

static void
fish_command(const char *name, const char *words)
{
	printf("complete -c mailctl -n "
	       "'string match -qr -- \"^mailctl %s( |\\$)\" "
	       "(__mailctl_verb)' -a '%s'\n",
	    name, words);
}

static const struct shell shells[] = {
	{ "bash",
	    "_mailctl() {\n"
	    "\tlocal verb= word words=\n"
	    "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	    "\t\tcase $word in -*) ;; *) verb=\"$verb${verb:+ }$word\" ;; "
	    "esac\n"
	    "\tdone\n"
	    "\tcase $verb in\n",
	    "\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- "
	    "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
	    "}\n"
	    "complete -o default -F _mailctl mailctl\n",
	    bash_place, bash_command },
	{ "zsh",
	    "#compdef mailctl\n"
	    "_mailctl() {\n"
	    "\tlocal verb= word\n"
	    "\tlocal -a found\n"
	    "\tfor word in \"${(@)words[2,CURRENT-1]}\"; do\n"
	    "\t\tcase $word in -*) ;; *) verb=\"$verb${verb:+ }$word\" ;; "
	    "esac\n"
	    "\tdone\n"
	    "\tcase $verb in\n",
	    "\tesac\n"
	    "\tcompadd -- $found\n"
	    "\t[[ $PREFIX == -* ]] || _files\n"
	    "}\n"
	    "compdef _mailctl mailctl\n",
	    zsh_place, zsh_command },
	{ "fish",
	    "function __mailctl_verb\n"
	    "\tset -l verb mailctl\n"
	    "\tfor word in (commandline -opc)[2..-1]\n"
	    "\t\tstring match -q -- '-*' $word; or set -a verb $word\n"
	    "\tend\n"
	    "\tstring join ' ' $verb\n"
	    "end\n",
	    "", fish_place, fish_command },
};

#define NSHELLS (sizeof(shells) / sizeof(shells[0]))

/* ---- places ---- */

/* Add a word behind a place, once. */
static void
add_word(json_t *places, struct span place, struct span word)
{
	char *key = span_dup(place), *text = span_dup(word);
	json_t *words = json_object_get(places, key);

	if (words == NULL) {
		words = json_object();
		json_object_set_new(places, key, words);
	}
	json_object_set_new(words, text, json_true());
	free(key);
	free(text);
}

/* "user app-password add": user behind "", app-password behind "user" … */
static void
add_name(json_t *places, struct span name)
{
	struct span rest = name, place = span_sub(name, 0, 0), word;

	while (span_split(&rest, ' ', &word)) {
		add_word(places, place, word);
		place.n = (size_t)(span_end(word) - name.p);
	}
}

static void
print_places(const struct shell *s)
{
	json_t *places = json_object(), *words, *unused;
	const char *place, *word;

	for (size_t i = 0; cmd_table[i] != NULL; i++)
		add_name(places, span_str(cmd_table[i]->name));
	json_object_foreach(places, place, words)
	{
		struct buf all = { 0 };

		json_object_foreach(words, word, unused)
		    buf_addf(&all, "%s%s", all.len > 0 ? " " : "", word);
		s->place(place, all.data);
		buf_free(&all);
	}
	json_decref(places);
}

static void
print_commands(const struct shell *s)
{
	char option[] = "--help";

	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd_entry *e = cmd_table[i];
		struct buf words = { 0 };
		struct cmd c = { .entry = e, .words = &words };

		e->exec(&c, 1, (char *[]){ option, NULL });
		s->command(e->name, words.data);
		buf_free(&words);
	}
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	const struct shell *s = NULL;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	for (size_t i = 0; i < NSHELLS; i++) {
		if (strcmp(shells[i].name, argv[0]) == 0)
			s = &shells[i];
	}
	if (s == NULL)
		return cmd_usage(c, "there is bash, zsh and fish");
	fputs(s->before, stdout);
	print_places(s);
	print_commands(s);
	fputs(s->after, stdout);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.summary = "print what lets a shell complete commands and options",
	.example = { "source <(mailctl completion bash)",
	    "mailctl completion fish > ~/.config/fish/completions/"
	    "mailctl.fish" },
	.exec = exec,
};
