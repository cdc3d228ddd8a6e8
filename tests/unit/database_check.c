/* SPDX-License-Identifier: BSD-2-Clause */
/* place: which file systems are of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <linux/magic.h>

#include "daemon/database_check.h"

static void
file_systems_of_other_machines_are_known(void **state)
{
	(void)state;
	assert_string_equal(database_check_remote(NFS_SUPER_MAGIC), "NFS");
	assert_string_equal(database_check_remote(SMB_SUPER_MAGIC), "SMB");
	assert_string_equal(database_check_remote(SMB2_SUPER_MAGIC), "SMB");
	assert_string_equal(database_check_remote(CIFS_SUPER_MAGIC), "CIFS");
	assert_string_equal(database_check_remote(AFS_FS_MAGIC), "AFS");
	assert_string_equal(database_check_remote(AFS_SUPER_MAGIC), "AFS");
	assert_string_equal(database_check_remote(CODA_SUPER_MAGIC), "Coda");
	assert_string_equal(database_check_remote(V9FS_MAGIC), "9P");
	assert_string_equal(database_check_remote(CEPH_SUPER_MAGIC), "Ceph");
	/* As a long of 32 bits gives it. */
	assert_string_equal(
	    database_check_remote((unsigned long)(int32_t)CIFS_SUPER_MAGIC),
	    "CIFS");
}

static void
those_of_this_machine_are_not_among_them(void **state)
{
	static const unsigned long local[] = { EXT4_SUPER_MAGIC,
		XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
		OVERLAYFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		assert_null(database_check_remote(local[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_systems_of_other_machines_are_known),
		cmocka_unit_test(those_of_this_machine_are_not_among_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
