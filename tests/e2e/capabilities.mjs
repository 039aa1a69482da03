// What a cluster may lack. One that lacks something (a lab: tests/lab) names it in LAB_LACKS, separated by commas:
//   images    any image can be run, postflight's own among them
//   evictions pods that pass a limit of their own for files are evicted
//   packets   what pods send each other passes this machine's firewall
const lacking = (process.env.LAB_LACKS ?? '').split(',')

// NEED may be undefined: nothing.
export const has = (need) => !lacking.includes(need)
