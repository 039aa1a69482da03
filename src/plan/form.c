#include "plan/form.h"

#define SHAPE(name_, ...) static const struct pf_shape name_ = {__VA_ARGS__}
#define MEMBERS(...)                                                                                                   \
	(const struct pf_member[])                                                                                     \
	{                                                                                                              \
		__VA_ARGS__,                                                                                           \
		{                                                                                                      \
			0                                                                                              \
		}                                                                                                      \
	}

enum { MANY = 500, SOME = 200 };

SHAPE(text, .kind = PF_SHAPE_TEXT);
SHAPE(prose, .kind = PF_SHAPE_PROSE);
SHAPE(template, .kind = PF_SHAPE_TEMPLATE);
SHAPE(string, .kind = PF_SHAPE_STRING);
SHAPE(word, .kind = PF_SHAPE_WORD);
SHAPE(words, .kind = PF_SHAPE_LIST, .element = &word, .min = 1, .max = SOME, .once = true);
SHAPE(schema_id, .kind = PF_SHAPE_SCHEMA_ID);
SHAPE(variable_name, .kind = PF_SHAPE_NAME);
SHAPE(id, .kind = PF_SHAPE_ID);
SHAPE(check_id, .kind = PF_SHAPE_CHECK_ID);
SHAPE(namespace_name, .kind = PF_SHAPE_NAMESPACE);
SHAPE(condition, .kind = PF_SHAPE_CONDITION);
SHAPE(arguments, .kind = PF_SHAPE_ARGUMENTS);
SHAPE(nothing, .kind = PF_SHAPE_NULL);
SHAPE(probe_kind, .kind = PF_SHAPE_REFERENCE, .name = "probe");
SHAPE(check_reference, .kind = PF_SHAPE_REFERENCE, .name = "check");
SHAPE(check_references, .kind = PF_SHAPE_LIST, .element = &check_reference, .min = 1, .max = SOME, .once = true);
SHAPE(row_reference, .kind = PF_SHAPE_REFERENCE, .name = "row", .otherwise = &nothing);
SHAPE(explained, .kind = PF_SHAPE_REFERENCE, .name = "check or mode");
SHAPE(explains, .kind = PF_SHAPE_LIST, .element = &explained, .max = SOME, .once = true);
SHAPE(fact, .kind = PF_SHAPE_FACT);
SHAPE(facts, .kind = PF_SHAPE_LIST, .element = &fact, .max = SOME, .once = true);

SHAPE(variable, .kind = PF_SHAPE_OBJECT, .name = "variable",
      .members = MEMBERS({"name", &variable_name, .required = true, .help = "what --set and ${NAME} say"},
			 {"default", &string, .help = "its value unless --set gives one; empty or absent: found out"},
			 {"values", &words, .help = "the only values it may have; absent: any"},
			 {"help", &prose, .help = "what it is for"}));
SHAPE(variables, .kind = PF_SHAPE_LIST, .element = &variable, .max = SOME);

SHAPE(needed, .kind = PF_SHAPE_OBJECT, .name = "need",
      .members = MEMBERS({"when", &condition, .required = true, .help = "the check runs where this holds"},
			 {"reason", &text, .help = "what the report says where it does not"}));
SHAPE(need, .kind = PF_SHAPE_REFERENCE, .name = "check", .otherwise = &needed);
SHAPE(needs, .kind = PF_SHAPE_LIST, .element = &need, .max = SOME);
SHAPE(next_step, .kind = PF_SHAPE_OBJECT, .name = "next step", .one_of = "command instruction",
      .members = MEMBERS({"command", &template, .help = "a shell command that shows more"},
			 {"instruction", &template, .help = "where to look where no command does it"},
			 {"when", &condition, .help = "given only where this holds"}));
SHAPE(next_steps, .kind = PF_SHAPE_LIST, .element = &next_step, .min = 1, .max = SOME);
SHAPE(loose_end, .kind = PF_SHAPE_OBJECT, .name = "loose end",
      .members = MEMBERS({"evidence", &facts, .help = "facts whose evidence the report shows"},
			 {"next", &next_steps, .help = "what to run by hand"},
			 {"follows", &check_references, .help = "checks whose failure this one follows from"}));
SHAPE(check, .kind = PF_SHAPE_OBJECT, .name = "check",
      .members = MEMBERS({"id", &check_id, .required = true, .help = "what facts, needs and reports call it"},
			 {"title", &text, .required = true, .help = "what it looks at"},
			 {"probe", &probe_kind, .required = true, .help = "the kind of observation"},
			 {"with", &arguments, .help = "the probe's parameters; strings may hold ${variable}"},
			 {"needs", &needs, .help = "checks that stand earlier and must pass or warn, or conditions"},
			 {"unexplained", &loose_end, .help = "what to say when it failed and no mode explains it"}));
SHAPE(checks, .kind = PF_SHAPE_LIST, .element = &check, .min = 1, .max = MANY);

SHAPE(item, .kind = PF_SHAPE_OBJECT, .name = "item",
      .members = MEMBERS({"id", &id, .required = true, .help = "what reports call it"},
			 {"title", &text, .required = true, .help = "the checklist's line"},
			 {"checks", &check_references, .required = true, .help = "the checks it is the sum of"}));
SHAPE(checklist, .kind = PF_SHAPE_LIST, .element = &item, .min = 1, .max = MANY);

SHAPE(row, .kind = PF_SHAPE_OBJECT, .name = "row",
      .members = MEMBERS({"id", &id, .required = true, .help = "what modes and reports call it"},
			 {"symptom", &text, .required = true, .help = "what the documentation says is seen"},
			 {"meaning", &text, .required = true, .help = "what it says is wrong"}));
SHAPE(rows, .kind = PF_SHAPE_LIST, .element = &row, .max = MANY);

SHAPE(wording, .kind = PF_SHAPE_OBJECT, .name = "wording",
      .members = MEMBERS({"when", &condition, .help = "absent only in the last: always"},
			 {"text", &template, .required = true, .help = "why it is so and what follows"}));
SHAPE(wordings, .kind = PF_SHAPE_LIST, .element = &wording, .min = 1, .max = SOME);
SHAPE(cause, .kind = PF_SHAPE_TEMPLATE, .otherwise = &wordings);

SHAPE(env_value, .kind = PF_SHAPE_TEMPLATE, .otherwise = &nothing);
SHAPE(env, .kind = PF_SHAPE_ENV_MAP, .element = &env_value, .min = 1, .max = SOME);
SHAPE(role, .kind = PF_SHAPE_CHOICE, .words = "step alternative");
SHAPE(fix, .kind = PF_SHAPE_OBJECT, .name = "fix", .one_of = "command instruction set_env",
      .members = MEMBERS({"command", &template, .help = "a shell command"},
			 {"instruction", &template, .help = "what to do where no command does it"},
			 {"set_env", &env, .help = "environment variables of a container; null removes one"},
			 {"deployment", &template, .required = true, .only_with = "set_env", .help = "whose"},
			 {"container", &template, .only_with = "set_env", .help = "which of its containers"},
			 {"managed_by", &fact, .only_with = "command", .help = "who else writes what it changes"},
			 {"as", &role,
			  .help = "alternative: instead of what stands before it; step, the default: after that"},
			 {"when", &condition, .help = "given only where this holds"}));
SHAPE(fixes, .kind = PF_SHAPE_LIST, .element = &fix, .min = 1, .max = SOME);

SHAPE(foretold, .kind = PF_SHAPE_OBJECT, .name = "foretold",
      .members = MEMBERS({"when", &condition, .required = true, .help = "what makes it certain"},
			 {"text", &template, .required = true, .help = "what will happen, for the end of the report"}));

SHAPE(mode, .kind = PF_SHAPE_OBJECT, .name = "mode",
      .members = MEMBERS({"id", &id, .required = true, .help = "what scripts and reports call it"},
			 {"row", &row_reference, .help = "where the documented table has it; null: nowhere"},
			 {"row_note", &template, .help = "what to know where the row's meaning misleads"},
			 {"title", &template, .required = true, .help = "what is wrong, in a sentence"},
			 {"cause", &cause, .help = "why it is so; of several texts the first that holds"},
			 {"when", &condition, .required = true, .help = "the mode has matched where this holds"},
			 {"suspect", &condition, .help = "makes it a candidate while `when` is not known"},
			 {"foretold", &foretold, .help = "what is certain to happen while `when` has not matched"},
			 {"evidence", &facts, .help = "facts whose evidence the report shows"},
			 {"fix", &fixes, .required = true, .help = "the one thing to change"},
			 {"explains", &explains, .help = "checks whose failure, and modes that, follow from it"},
			 {"help", &prose, .help = "how to recognise it and what it is confused with"}));
SHAPE(modes, .kind = PF_SHAPE_LIST, .element = &mode, .max = MANY);

SHAPE(regex, .kind = PF_SHAPE_REGEX);
SHAPE(pattern_kind, .kind = PF_SHAPE_CHOICE, .words = PF_PATTERN_KINDS);
SHAPE(pattern_field, .kind = PF_SHAPE_CHOICE, .words = PF_PATTERN_FIELDS);
SHAPE(pattern_level, .kind = PF_SHAPE_CHOICE, .words = PF_PATTERN_LEVELS);
SHAPE(pattern, .kind = PF_SHAPE_OBJECT, .name = "pattern",
      .members = MEMBERS({"id", &id, .required = true, .help = "what facts and reports call it"},
			 {"title", &text, .required = true, .help = "what a record that fits says"},
			 {"kind", &pattern_kind, .required = true, .help = "what it means for the verdict"},
			 {"match", &regex, .required = true, .help = "a regular expression (PCRE2)"},
			 {"except", &regex, .help = "what match fits and is not meant"},
			 {"field", &pattern_field, .help = "where match and except search; absent: message"},
			 {"level", &pattern_level, .help = "the least level that counts; absent: any, and none"},
			 {"help", &prose, .help = "how it is recognised and what it is confused with"}));
SHAPE(patterns, .kind = PF_SHAPE_LIST, .element = &pattern, .max = SOME);

const struct pf_shape pf_plan_form = {
	.kind = PF_SHAPE_OBJECT,
	.name = "plan",
	.members = MEMBERS({"$schema", &string, .help = "for editors; ignored"},
			   {"schema", &schema_id, .required = true, .help = "the version of this form"},
			   {"name", &id, .required = true, .help = "what reports call the plan"},
			   {"title", &text, .required = true, .help = "what the plan is about"},
			   {"namespace", &namespace_name, .help = "where nothing else names one; absent: default"},
			   {"variables", &variables, .help = "what --set can change"},
			   {"checks", &checks, .required = true, .help = "what is observed, in this order"},
			   {"checklist", &checklist, .required = true, .help = "what the report's lines are"},
			   {"rows", &rows, .help = "the documented failure table"},
			   {"patterns", &patterns, .help = "what records of a log mean; the first that fits counts"},
			   {"modes", &modes, .help = "the failure modes: rules over facts"}),
};

#define LETTERS "lower-case letters and digits, a letter first, "
const struct pf_spelling pf_spellings[PF_SHAPE_COUNT] = {
	[PF_SHAPE_NAME] = {"_", false, "namespace", "is always there, set by --namespace",
			   LETTERS "parts joined by _, 63 characters at most"},
	[PF_SHAPE_ID] = {"-", false, NULL, NULL, LETTERS "parts joined by -, 63 characters at most"},
	[PF_SHAPE_CHECK_ID] = {".-", false, "check var", "has a meaning of its own in conditions",
			       LETTERS "parts joined by . or -, 63 characters at most"},
	[PF_SHAPE_NAMESPACE] = {"-", true, NULL, NULL,
				"lower-case letters and digits, parts joined by -, 63 characters at most"},
};

const char *
pf_shape_expected(enum pf_shape_kind kind)
{
	static const char *const expected[PF_SHAPE_COUNT] = {
		[PF_SHAPE_NULL] = "null",        [PF_SHAPE_CONDITION] = "a condition (an object)",
		[PF_SHAPE_LIST] = "a list",      [PF_SHAPE_ARGUMENTS] = "an object",
		[PF_SHAPE_OBJECT] = "an object", [PF_SHAPE_ENV_MAP] = "an object of names and values",
	};

	return expected[kind] != NULL ? expected[kind] : "a string";
}

bool
pf_shape_accepts(enum pf_shape_kind kind, const cJSON *node)
{
	switch (kind) {
	case PF_SHAPE_NULL:
		return cJSON_IsNull(node);
	case PF_SHAPE_LIST:
		return cJSON_IsArray(node);
	case PF_SHAPE_CONDITION:
	case PF_SHAPE_ARGUMENTS:
	case PF_SHAPE_ENV_MAP:
	case PF_SHAPE_OBJECT:
		return cJSON_IsObject(node);
	default:
		return cJSON_IsString(node);
	}
}
