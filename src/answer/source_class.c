/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/source_class.h"

#include <stddef.h>
#include <string.h>

#include "store/rules.h"

const char *const source_class_words[] = { "compliant", "known", "forwarded",
	"hostile", "unknown", NULL };

enum source_class
source_class_of_kind(const char *kind)
{
#define KIND(kind, class) { #kind, #class },
	static const char *const kinds[][2] = { RULE_KINDS(KIND) };
#undef KIND
	size_t i, class;

	for (i = 0; kind != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i][0]) == 0)
			for (class = 0; class < SOURCE_CLASSES; class ++)
				if (strcmp(kinds[i][1],
				        source_class_words[class]) == 0)
					return (enum source_class) class;
	return SOURCE_UNKNOWN;
}

enum source_class
source_class_of_record(enum source_class of_kind, bool is_forwarded)
{
	return of_kind == SOURCE_UNKNOWN && is_forwarded ? SOURCE_FORWARDED
	                                                 : of_kind;
}
