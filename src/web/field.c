/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/field.h"

#include <string.h>

void
field_write(
    struct ask *a, const char *name, const char *label, const char *value)
{
	struct html *h = &a->html;

	html_printf(h, "<label>%s <input type=\"search\" name=\"%s\" value=\"",
	    label, name);
	html_text(h, value);
	html_printf(h, "\" maxlength=\"250\"></label>\n");
}

void
field_write_choices(struct ask *a, const char *name, const char *label,
    const char *value, const struct field_choice *choices)
{
	struct html *h = &a->html;

	html_printf(h, "<label>%s <select name=\"%s\">\n", label, name);
	for (; choices->value != NULL; choices++)
		html_printf(h, "<option value=\"%s\"%s>%s</option>\n",
		    choices->value,
		    strcmp(choices->value, value) == 0 ? " selected" : "",
		    choices->label);
	html_printf(h, "</select></label>\n");
}
