# The script in a real zsh that reads a terminal: what a tab makes of each line is what zsh then would run.
# shellcheck shell=bash

cat >"$folder/zsh-ask" <<'END'
zmodload zsh/zpty
script=$1 answers=$2
shift 2
zpty shell zsh -f -i
zpty -w shell 'PS1=; unsetopt beep; autoload -Uz compinit; compinit -u -D; source '$script
zpty -w shell 'show() { print -r -- "$BUFFER." >>'$answers'; BUFFER= }; zle -N show; bindkey "^X" show'
zpty -w shell 'print -r -- rea"dy"'
while zpty -r shell line; do [[ $line == *ready* ]] && break; done
zmodload zsh/zselect
integer count=0
for line; do
	zpty -n -w shell "$line"$'\t\x18'
	((count++))
	# What it draws must be read, or it stops at a full terminal.
	until got=("${(@f)$(cat $answers 2>/dev/null)}") && [[ -n $got[1] && $#got -ge $count ]]; do
		zpty -r -t shell drawn || zselect -t 2
	done
done
zpty -d shell
END

lines=() wanted=()
becomes() {
	lines+=("$1")
	wanted+=("$2.")
}

becomes 'postflight ru' 'postflight run '
becomes 'postflight run --rest' 'postflight run --restart '
becomes 'postflight run --restart=r' 'postflight run --restart=rollout '
becomes 'postflight run --set car' 'postflight run --set cart='
becomes 'postflight run --set create_table=t' 'postflight run --set create_table=true '
becomes 'postflight run --context arn' 'postflight run --context arn:aws:eks:eu:1:cluster/shop '
becomes 'postflight logs oth' 'postflight logs other.log '
becomes 'postflight run --replay=' 'postflight run --replay=sub/'
timeout 30 zsh -f "$folder/zsh-ask" "$folder/zsh" "$folder/zsh-answers" "${lines[@]}" >/dev/null 2>&1
answers=()
[ ! -f "$folder/zsh-answers" ] || mapfile -t answers <"$folder/zsh-answers"
for i in "${!lines[@]}"; do
	expect "zsh: ${lines[i]}" "${wanted[i]}" "${answers[i]:-}"
done
