#!/bin/sh
# Deploys the cart and says whether it works: smoke.sh NAMESPACE MANIFESTS [OPTION of postflight run]...
# MANIFESTS is a file or a folder for `kubectl apply -f`. Needs kubectl and postflight. Leaves postflight.json.
# Exit status: that of `postflight run` (0 works, 1 does not, 2 could not be told), or of the failed `kubectl apply`.
#
# Options to think of:
#   --restart   also adds a cart, restarts and reads it back. It fails where carts do not outlive a restart, which they
#               do not while the cart makes its table anew at each start: first see `postflight manifests durable`
#   --strict    what is unusual, and what was not looked at for lack of --restart, fails as well
set -u
[ $# -ge 2 ] || {
	sed -n '2,4s/^# //p' "$0" >&2
	exit 64
}
namespace=$1 manifests=$2
deployment=deployment/cart-deployment
shift 2

# Empty where there is no such Deployment yet.
before=$(kubectl -n "$namespace" get "$deployment" --ignore-not-found \
	-o 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}') || exit
kubectl -n "$namespace" apply -f "$manifests" || exit

status=0
postflight run -n "$namespace" --wait 3m -o text -o json=postflight.json "$@" || status=$?
case $status in
0) ;;
1)
	# The report has the root cause and what to change. Meanwhile back to what served before, by its number: after
	# --restart the revision before the newest one is the same broken one.
	if [ -n "$before" ]; then
		kubectl -n "$namespace" rollout undo "$deployment" --to-revision="$before"
	fi
	;;
2) echo "smoke: not all of it could be looked at; that says nothing against the deployment, which stays as it is" >&2 ;;
*) echo "smoke: postflight could not begin, or was interrupted ($status); the deployment stays as it is" >&2 ;;
esac
exit "$status"
