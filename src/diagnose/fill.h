/*
 * Filling in the plan's templates with what was observed.
 *
 * In a text a value is one bounded line; a secret reads "(not shown)", what was not observed "(not observed)".
 *
 * In a command a value is never more than itself, whatever it holds. Outside quotes it becomes one word of sh;
 * inside '…' or "…" the quotes are closed around it and opened again unless it is harmless; within a JSON string
 * in single quotes ('{"a": "${…}"}') it is escaped as JSON first. What must not or cannot stand in a command — a
 * secret, what was not observed, control characters, a word that would be read as an option — is left open: a word in
 * capitals (PORT for endpoint.port) takes its place and is named in GAPS.
 */
#ifndef POSTFLIGHT_DIAGNOSE_FILL_H
#define POSTFLIGHT_DIAGNOSE_FILL_H

#include <postflight/buf.h>

#include "diagnose/findings.h"

/* The words that were left open: "PORT (not observed), KEY_ID (a secret, not shown)". */
#define PF_GAPS PF_BUF(1024)

const char *pf_fill_text(const struct pf_findings *findings, const char *template);

const char *pf_fill_command(const struct pf_findings *findings, const char *template, struct pf_buf *gaps);

/* The bare value, for a caller who quotes it himself; what may not stand in a command is left open as there. */
const char *pf_fill_value(const struct pf_findings *findings, const char *template, struct pf_buf *gaps);

#endif
