/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who the source of a failing message is to the owner of a domain, by
 * RULE_KINDS and RULE_CLASS of store/rules.h.
 */
#ifndef RUAD_ANSWER_SOURCE_CLASS_H
#define RUAD_ANSWER_SOURCE_CLASS_H

#include <stdbool.h>

enum source_class {
	SOURCE_COMPLIANT, /* it passed: there is nothing to judge */
	SOURCE_KNOWN,     /* of the admin's own servers and services */
	SOURCE_FORWARDED,
	SOURCE_HOSTILE, /* the admin named it so */
	SOURCE_UNKNOWN,
	SOURCE_CLASSES,
};

/* The words for programs, in this order; NULL ends them. */
extern const char *const source_class_words[];

/*
 * Return the class that the kind of a sender gives, which needs no look at the
 * record; SOURCE_UNKNOWN for a kind of NULL: nobody named the source.
 */
enum source_class source_class_of_kind(const char *kind);

/*
 * Return the class of a record that failed, by that of its sender and by
 * whether a receiver says that it was forwarded (override.forwarding).
 */
enum source_class source_class_of_record(
    enum source_class of_kind, bool is_forwarded);

#endif
