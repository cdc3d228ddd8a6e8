/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of ruactl, one file each: cmd_NAME() is in cmd_NAME.c.  They run
 * with the rights of whoever calls them, read the database through query.h and
 * print with output.h.
 */
#ifndef RUAD_CTL_COMMANDS_H
#define RUAD_CTL_COMMANDS_H

#include "base/err.h"
#include "ctl/options.h"

/* Each returns the exit status, or -1 with err. */
int cmd_address(const struct options *, struct err *);
int cmd_alerts(const struct options *, struct err *);
int cmd_backup(const struct options *, struct err *);
int cmd_check(const struct options *, struct err *);
int cmd_digest(const struct options *, struct err *);
int cmd_dns(const struct options *, struct err *);
int cmd_explain(const struct options *, struct err *);
int cmd_feed(const struct options *, struct err *);
int cmd_export(const struct options *, struct err *);
int cmd_failures(const struct options *, struct err *);
int cmd_help(const struct options *, struct err *);
int cmd_import(const struct options *, struct err *);
int cmd_lookup(const struct options *, struct err *);
int cmd_metrics(const struct options *, struct err *);
int cmd_prune(const struct options *, struct err *);
int cmd_query(const struct options *, struct err *);
int cmd_ready(const struct options *, struct err *);
int cmd_report(const struct options *, struct err *);
int cmd_reporters(const struct options *, struct err *);
int cmd_reports(const struct options *, struct err *);
int cmd_sender(const struct options *, struct err *);
int cmd_sender_suggest(const struct options *, struct err *);
int cmd_show(const struct options *, struct err *);
int cmd_sources(const struct options *, struct err *);
int cmd_status(const struct options *, struct err *);
int cmd_summary(const struct options *, struct err *);
int cmd_tls(const struct options *, struct err *);
int cmd_why(const struct options *, struct err *);

#endif
