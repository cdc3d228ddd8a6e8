/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of ruactl --help; those of the commands' lines are in main.c. */
#ifndef RUAD_CTL_USAGE_H
#define RUAD_CTL_USAGE_H

extern const char usage_options[];

#endif
