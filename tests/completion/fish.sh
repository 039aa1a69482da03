# The script in a real fish, which completes a line when asked: candidate, tab, description.
# shellcheck shell=bash

asked() { fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$folder/fish" "$1" | cut -f 1; }

expect 'fish: a command' run "$(asked 'postflight ru')"
expect 'fish: an option' --restart "$(asked 'postflight run --rest')"
expect 'fish: behind the =' $'--restart=rollout\n--restart=pod' "$(asked 'postflight run --restart=')"
expect 'fish: a variable' $'create_table=true\ncreate_table=false' "$(asked 'postflight run --set create_table=')"
expect 'fish: a context with colons' arn:aws:eks:eu:1:cluster/shop "$(asked 'postflight run --context arn')"
expect 'fish: the built-in plans, or a file' $'cart-dynamodb\nother.log\nplan.json\nsub/' "$(asked 'postflight run ')"
expect 'fish: a folder' sub/ "$(asked 'postflight run --replay ')"
expect 'fish: a folder behind the =' --replay=sub/ "$(asked 'postflight run --replay=')"
