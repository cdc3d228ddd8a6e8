/* SPDX-License-Identifier: BSD-2-Clause */
/* One word for each result, kind, fault and problem, for programs. */
#include "dns/spf.h"

static const char *const results[] = {
	[SPF_NONE] = "none",
	[SPF_NEUTRAL] = "neutral",
	[SPF_PASS] = "pass",
	[SPF_FAIL] = "fail",
	[SPF_SOFTFAIL] = "softfail",
	[SPF_TEMPERROR] = "temperror",
	[SPF_PERMERROR] = "permerror",
};

static const char *const kinds[] = {
	[SPF_ALL] = "all",
	[SPF_INCLUDE] = "include",
	[SPF_A] = "a",
	[SPF_MX] = "mx",
	[SPF_PTR] = "ptr",
	[SPF_IP4] = "ip4",
	[SPF_IP6] = "ip6",
	[SPF_EXISTS] = "exists",
	[SPF_REDIRECT] = "redirect",
	[SPF_EXP] = "exp",
	[SPF_MODIFIER] = "modifier",
	[SPF_BAD] = "bad",
};

static const char *const faults[] = {
	[SPF_FAULT_NONE] = "none",
	[SPF_FAULT_MECHANISM] = "unknown_mechanism",
	[SPF_FAULT_ADDRESS] = "address",
	[SPF_FAULT_FAMILY] = "family",
	[SPF_FAULT_PREFIX] = "prefix",
	[SPF_FAULT_DOMAIN] = "domain",
	[SPF_FAULT_MISSING] = "domain_missing",
	[SPF_FAULT_ARGUMENT] = "argument",
	[SPF_FAULT_MACRO] = "macro",
	[SPF_FAULT_QUALIFIER] = "qualifier",
	[SPF_FAULT_REPEATED] = "repeated",
	[SPF_FAULT_BYTE] = "byte",
};

static const char *const problems[] = {
	[SPF_P_MISSING] = "missing",
	[SPF_P_SEVERAL] = "several",
	[SPF_P_FAILED] = "no_answer",
	[SPF_P_SYNTAX] = "syntax",
	[SPF_P_NAME] = "bad_name",
	[SPF_P_LOOKUPS] = "too_many_lookups",
	[SPF_P_VOIDS] = "too_many_voids",
	[SPF_P_MX_NAMES] = "too_many_mx",
	[SPF_P_LOOP] = "loop",
	[SPF_P_CUT] = "cut",
	[SPF_P_QUESTIONS] = "too_many_questions",
	[SPF_P_NEAR] = "near_limit",
	[SPF_P_VOID] = "void",
	[SPF_P_VOIDS6] = "too_many_voids_ipv6",
	[SPF_P_ALL_PASS] = "all_pass",
	[SPF_P_ALL_NEUTRAL] = "all_neutral",
	[SPF_P_ALL_SOFT] = "all_softfail",
	[SPF_P_NO_ALL] = "no_all",
	[SPF_P_AFTER_ALL] = "after_all",
	[SPF_P_REDIRECT_IGNORED] = "redirect_ignored",
	[SPF_P_PTR] = "ptr",
	[SPF_P_WIDE] = "wide",
	[SPF_P_GLUED] = "glued",
	[SPF_P_ANSWER_SIZE] = "answer_size",
	[SPF_P_STRING_SIZE] = "string_size",
	[SPF_P_VERSION] = "version",
	[SPF_P_TYPE_SPF] = "type_spf",
	[SPF_P_MACRO_PTR] = "macro_ptr",
	[SPF_P_MACRO_SENDER] = "macro_sender",
	[SPF_P_REPEATED] = "repeated",
	[SPF_P_UNKNOWN] = "unknown_modifier",
};
_Static_assert(sizeof(problems) / sizeof(*problems) == SPF_PROBLEMS,
    "each problem has a word");

const char *
spf_result_word(enum spf_result result)
{
	return results[result];
}

const char *
spf_kind_word(enum spf_kind kind)
{
	return kinds[kind];
}

const char *
spf_fault_word(enum spf_fault fault)
{
	return faults[fault];
}

const char *
spf_problem_word(enum spf_problem_kind kind)
{
	return problems[kind];
}
