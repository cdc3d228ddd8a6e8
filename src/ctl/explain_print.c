/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain_print.h"

#include <stdio.h>

#include "base/buf.h"
#include "ctl/explain_say.h"

int
explain_check_format(
    const struct options *options, const char *what, struct err *err)
{
	if (options->format != OUTPUT_CSV)
		return 0;
	return err_set(
	    err, ERR_USAGE, "%s has no csv: use table, json or jsonl", what);
}

int
explain_print(const struct options *options,
    const struct explain_answer *answer, const struct explain_facts *facts,
    const struct explain_dns *dns, struct err *err)
{
	struct buf json = { 0 };
	struct output *out;
	int rc = 0;

	if (options->format == OUTPUT_TABLE) {
		out = options_new_output(options);
		explain_say(out, answer, facts, dns);
		rc = output_end(out, err);
		output_free(out);
		return rc;
	}
	explain_add_json(&json, answer, facts, dns);
	printf("%s\n", buf_str(&json));
	if (fflush(stdout) != 0)
		rc = err_set_errno(err, ERR_AGAIN, "cannot write the output");
	buf_done(&json);
	return rc;
}
