/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/pack.h"

/*
 * A byte of flags, then numbers of seven bits a byte, the low ones first, with
 * the eighth where more follow: the id as a difference, source, messages,
 * profile, signatures.  Where a result is missing, which is rare, the flags
 * have SCARCE for the disposition, and a byte after them has that and NO_DKIM
 * and NO_SPF.
 */
#define CAUSE 7
#define DKIM 8
#define SPF 16
#define DISPOSITION 5 /* bits before it; its number plus one */
#define SCARCE 7
#define NO_DKIM 1
#define NO_SPF 2

static void
add_number(struct buf *b, uint64_t n)
{
	for (; n > 127; n >>= 7)
		buf_add_char(b, (char)(n | 128));
	buf_add_char(b, (char)n);
}

static void
add_flags(struct buf *b, const struct pack_record *r)
{
	const int flags = (r->cause & CAUSE) | (r->dkim ? DKIM : 0) |
	    (r->spf ? SPF : 0);
	const int disposition = r->disposition + 1;

	if (r->has_dkim && r->has_spf) {
		buf_add_char(b, (char)(flags | disposition << DISPOSITION));
		return;
	}
	buf_add_char(b, (char)(flags | SCARCE << DISPOSITION));
	buf_add_char(b,
	    (char)(disposition << DISPOSITION | (r->has_dkim ? 0 : NO_DKIM) |
	        (r->has_spf ? 0 : NO_SPF)));
}

void
pack_add(struct buf *b, int64_t previous, const struct pack_record *r)
{
	add_flags(b, r);
	add_number(b, (uint64_t)r->id - (uint64_t)previous);
	add_number(b, (uint64_t)r->source);
	add_number(b, (uint64_t)r->messages);
	add_number(b, (uint64_t)r->profile);
	add_number(b, (uint64_t)r->signatures);
}

/* 0 and *damaged where there is none. */
static inline uint64_t
read_number(struct pack_reader *p, bool *damaged)
{
	uint64_t n = 0;
	int shift;

	for (shift = 0; shift < 64 && p->at < p->end; shift += 7) {
		n |= (uint64_t)(*p->at & 127) << shift;
		if ((*p->at++ & 128) == 0)
			return n;
	}
	*damaged = true;
	return 0;
}

int
pack_next(struct pack_reader *p, struct pack_record *r)
{
	bool damaged = false;
	uint8_t flags, more = 0;

	if (p->at == p->end)
		return 0;
	flags = *p->at++;
	if (flags >> DISPOSITION == SCARCE) {
		if (p->at == p->end)
			return -1;
		more = *p->at++;
	}
	p->id = (int64_t)((uint64_t)p->id + read_number(p, &damaged));
	r->id = p->id;
	r->source = (int64_t)read_number(p, &damaged);
	r->messages = (int64_t)read_number(p, &damaged);
	r->profile = (int64_t)read_number(p, &damaged);
	r->signatures = (int64_t)read_number(p, &damaged);
	r->cause = flags & CAUSE;
	r->dkim = (flags & DKIM) != 0;
	r->spf = (flags & SPF) != 0;
	r->has_dkim = (more & NO_DKIM) == 0;
	r->has_spf = (more & NO_SPF) == 0;
	r->disposition = ((flags >> DISPOSITION == SCARCE ? more : flags) >>
	                     DISPOSITION) -
	    1;
	return damaged || r->messages < 0 ? -1 : 1;
}
