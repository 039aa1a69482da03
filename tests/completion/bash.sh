# The script in a real bash, called as programmable completion calls it: LINE as far as the cursor, and its words as
# bash cuts them, at blanks and at COMP_WORDBREAKS.
# shellcheck shell=bash

cat >"$folder/bash-ask" <<'END'
source "$1"
compopt() { options+=" $2"; }
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=() options=
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
function=$(complete -p "${COMP_WORDS[0]##*/}" | sed 's/.*-F \([^ ]*\).*/\1/') || exit
"$function"
for reply in "${COMPREPLY[@]}"; do printf '%s\n' "$reply"; done
for option in $options; do printf '+%s\n' "$option"; done
END

# LINE WORD...
asked() { bash "$folder/bash-ask" "$folder/bash" "$@"; }

expect 'bash: a command' $'run\n' "$(asked 'postflight ru' postflight ru)
"
expect 'bash: as kubectl-postflight' run "$(asked 'kubectl-postflight ru' kubectl-postflight ru)"
expect 'bash: by its path' run "$(asked "$folder/bin/postflight ru" "$folder/bin/postflight" ru)"
expect 'bash: an option' '--restart' "$(asked 'postflight run --rest' postflight run --rest)"
expect 'bash: an option that was given is not offered' '' "$(asked 'postflight run --restart --rest' postflight run --restart --rest)"
expect 'bash: behind the =' $'rollout\npod' "$(asked 'postflight run --restart=' postflight run --restart =)"
expect 'bash: a word begun behind the =' 'rollout' "$(asked 'postflight run --restart=r' postflight run --restart = r)"
expect 'bash: = in another word' $'true\nfalse' "$(asked 'postflight run --set create_table=' postflight run --set create_table =)"
expect 'bash: two =' true "$(asked 'postflight run --set=create_table=t' postflight run --set = create_table = t)"
expect 'bash: no blank behind a variable' $'cart=\n+nospace' "$(asked 'postflight run --set car' postflight run --set car)"
expect 'bash: a list' db-service,cart-env "$(asked 'postflight run --only db-service,cart-e' postflight run --only db-service,cart-e)"
expect 'bash: a context with colons' 'aws:eks:eu:1:cluster/shop' "$(asked 'postflight run --context arn:' postflight run --context arn :)"
expect 'bash: what the shell would act on is quoted' $'kind-dev\narn:aws:eks:eu:1:cluster/shop\ntwo\\ words\n\\$\\(touch\\ trap\\)' \
	"$(asked 'postflight run --context ' postflight run --context '')"
expect 'bash: the built-in plans, or a file' $'cart-dynamodb\n+default' "$(asked 'postflight run ' postflight run '')"
expect 'bash: a folder' +dirnames "$(asked 'postflight run --replay ' postflight run --replay '')"
expect 'bash: a file behind a format' +default "$(asked 'postflight run -o json=o' postflight run -o json = o)"
expect 'bash: nothing for a wrong command' '' "$(asked 'postflight rnu ' postflight rnu '')"
# The cursor within the line: what is behind it does not count.
expect 'bash: the cursor in the middle' run "$(asked 'postflight ru' postflight run)"
expect 'bash: nothing was run' '' "$(ls trap 2>/dev/null)"
