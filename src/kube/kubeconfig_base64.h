/* Base64 (RFC 4648, padded) as kubeconfig and ExecCredential carry certificates. */
#ifndef POSTFLIGHT_KUBE_KUBECONFIG_BASE64_H
#define POSTFLIGHT_KUBE_KUBECONFIG_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include <postflight/arena.h>

/* False and untouched when TEXT is none. Line breaks are skipped, as Go does; *OUT is NUL-terminated besides. */
bool pf_kubeconfig_base64_decode(struct pf_arena *arena, const char *text, char **out, size_t *out_len);

char *pf_kubeconfig_base64_encode(struct pf_arena *arena, const void *from, size_t len);

#endif
