/* postflight completion: a script for a shell. Each only carries words to `postflight __complete` and back. */
#include <postflight/str.h>

#include "cli/candidates.h"
#include "cli/cli.h"

#define ASK " " PF_COMPLETE_WORD " "

/*
 * Bash cuts words at "=" and ":" as well, and replaces only what is behind the last cut: what it cut is put together
 * again by whether a blank stands between, and what it keeps is taken off the answers.
 */
static const char bash[] =
	"# postflight completion bash\n"
	"_postflight() {\n"
	"	local rest=${COMP_LINE:0:COMP_POINT} program=${COMP_WORDS[0]} words=() i word out line lead= kept=\n"
	"	for ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		if [[ $i -eq 0 || $rest == [[:blank:]]* ]]; then\n"
	"			rest=${rest#\"${rest%%[![:blank:]]*}\"}\n"
	"			words+=(\"\")\n"
	"		fi\n"
	"		[[ $i -lt $COMP_CWORD ]] || word=$rest\n"
	"		words[${#words[@]} - 1]+=$word\n"
	"		rest=${rest:${#word}}\n"
	"	done\n"
	"	type -P -- \"$program\" >/dev/null || program=postflight\n"
	"	out=$(\"$program\"" ASK "\"${words[@]:1}\" 2>/dev/null) || return\n"
	"	word=${words[${#words[@]} - 1]}\n"
	"	[[ $word != --*=* ]] || lead=${word%%=*}=\n"
	"	for i in = :; do\n"
	"		line=${word%\"$i\"*}\n"
	"		if [[ $COMP_WORDBREAKS == *\"$i\"* && $line != \"$word\" && ${#line} -ge ${#kept} ]]; then "
	"kept=$line$i; fi\n"
	"	done\n"
	"	COMPREPLY=()\n"
	"	while IFS= read -r line; do\n"
	"		[[ $line != :* ]] || break\n"
	"		line=$lead${line%%$'\\t'*}\n"
	"		line=${line#\"$kept\"}\n"
	"		[[ $line != *[^A-Za-z0-9_.,:/=@+-]* ]] || printf -v line %q \"$line\"\n"
	"		COMPREPLY+=(\"$line\")\n"
	"	done <<<\"$out\"\n"
	"	i=${out##*:}\n"
	"	((!(i & 2))) || compopt -o nospace\n"
	"	((!(i & 16))) || compopt -o dirnames\n"
	"	((i & 4)) || compopt -o default\n"
	"}\n"
	"complete -F _postflight postflight kubectl-postflight\n";

static const char zsh[] =
	"#compdef postflight kubectl-postflight\n"
	"# postflight completion zsh\n"
	"_postflight() {\n"
	"	local out line name directive\n"
	"	local -a described space\n"
	"	out=\"$(${(Q)words[1]}" ASK
	"\"${(@Q)words[2,CURRENT-1]}\" \"${(Q)PREFIX}\" 2>/dev/null)\" || return 1\n"
	"	directive=${out##*:}\n"
	"	for line in \"${(@f)${out%:*}}\"; do\n"
	"		[[ -n $line ]] || continue\n"
	"		name=${line%%$'\\t'*}\n"
	"		name=${name//:/\\\\:}\n"
	"		if [[ $line == *$'\\t'* ]]; then described+=(\"$name:${line#*$'\\t'}\"); else "
	"described+=(\"$name\"); fi\n"
	"	done\n"
	"	((directive & 2)) && space=(-S '')\n"
	"	[[ $PREFIX != --*=* ]] || compset -P '--[^=]#=' || compset -P 1 '*='\n"
	"	_describe -t candidates candidate described \"${space[@]}\" && return 0\n"
	"	if ((directive & 16)); then _files -/; elif ((!(directive & 4))); then _files; else return 1; fi\n"
	"}\n"
	"if [[ $funcstack[1] == _postflight ]]; then\n"
	"	_postflight \"$@\"\n"
	"else\n"
	"	compdef _postflight postflight kubectl-postflight\n"
	"fi\n";

static const char fish[] = "# postflight completion fish\n"
			   "function __postflight_complete\n"
			   "	set -l words (commandline -opc)\n"
			   "	set -l begun (commandline -ct)\n"
			   "	set -l lines ($words[1]" ASK "$words[2..-1] \"$begun\" 2>/dev/null)\n"
			   "	or return\n"
			   "	set -l directive (string sub -s 2 -- $lines[-1])\n"
			   "	set -l lead (string match -r -- '^--[^=]*=' $begun)\n"
			   "	for line in $lines[1..-2]\n"
			   "		echo -- \"$lead$line\"\n"
			   "	end\n"
			   "	if test (math \"bitand($directive, 16)\") -ne 0\n"
			   "		__fish_complete_directories (string replace -- \"$lead\" '' $begun) | string "
			   "replace -r '^' -- \"$lead\"\n"
			   "	else if test (math \"bitand($directive, 4)\") -eq 0\n"
			   "		__fish_complete_path (string replace -- \"$lead\" '' $begun) | string replace "
			   "-r '^' -- \"$lead\"\n"
			   "	end\n"
			   "end\n"
			   "complete -c postflight -f -a '(__postflight_complete)'\n"
			   "complete -c kubectl-postflight -f -a '(__postflight_complete)'\n";

static const struct {
	const char *shell;
	const char *script;
} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static int
run(struct pf_cli *cli, const struct pf_command *self, int argc, char **argv)
{
	char **operands;
	int status;

	if (!pf_cli_parse(cli, self, argc, argv, NULL, 1, &operands, &status))
		return status;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		if (pf_streq(operands[0], scripts[i].shell))
			return pf_cli_print(cli, scripts[i].script) ? PF_EXIT_OK : PF_EXIT_UNOBSERVED;
	}
	pf_cli_complain(cli, "completion needs to know for which shell: %s", self->arguments);
	return PF_EXIT_USAGE;
}

const struct pf_command pf_command_completion = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.summary = "prints a script that completes commands, options and names",
	.options = pf_no_options,
	.operands = (const struct pf_operand[]){{"bash zsh fish", PF_COMPLETES_NOTHING}, {0}},
	.run = run,
};
