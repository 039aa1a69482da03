#!/bin/sh
# Says from inside the cluster whether the cart works: smoke-job.sh NAMESPACE JOB.yaml
# For runners that reach the API server and nothing else. Needs kubectl only. Leaves the report as postflight.txt.
# Exit status: that of `postflight run`.
#
# Once, by somebody who may give rights:  postflight manifests rbac -n NAMESPACE | kubectl apply -f -
# To be kept beside the pipeline:         postflight manifests job --set image=REGISTRY/postflight:VERSION >JOB.yaml
set -u
[ $# -eq 2 ] || {
	sed -n '2,4s/^# //p' "$0" >&2
	exit 64
}
namespace=$1 manifest=$2

# A Job runs once: that of the last time has to go.
kubectl -n "$namespace" replace --force -f "$manifest" || exit
uid=$(kubectl -n "$namespace" get job postflight -o 'jsonpath={.metadata.uid}') || exit
of="batch.kubernetes.io/controller-uid=$uid"

# The Job ends by itself, at its activeDeadlineSeconds at the latest.
while :; do
	failed=$(kubectl -n "$namespace" get job postflight -o 'jsonpath={.status.conditions[?(@.type=="Failed")].message}') || exit
	status=$(kubectl -n "$namespace" get pods -l "$of" \
		-o 'jsonpath={.items[*].status.containerStatuses[*].state.terminated.exitCode}') || exit
	[ -z "$status$failed" ] || break
	sleep 2
done
[ -n "$status" ] || {
	echo "smoke: the Job left no exit status: $failed" >&2
	kubectl -n "$namespace" describe pods -l "$of" >&2
	exit 2
}
kubectl -n "$namespace" logs -l "$of" --tail=-1 >postflight.txt
cat postflight.txt
exit "$status"
