# Runs in the application's container, under whatever sh that has. Says how its variables compare, and no value:
#     sh -c SCRIPT postflight [NAME VALUE]...
# A line for each pair: unset, empty, same, other. Names are checked by who calls.
while [ $# -gt 1 ]; do
	eval "is_set=\${$1+yes} text=\${$1-}"
	case $is_set$text in
	'') echo unset ;;
	yes) echo empty ;;
	"yes$2") echo same ;;
	*) echo other ;;
	esac
	shift 2
done
echo end
