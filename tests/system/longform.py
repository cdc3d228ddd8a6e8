# SPDX-License-Identifier: BSD-2-Clause
"""What costs most has a short form in "make check" (RUAD_SHORT=1), which must
find all that is likely to break; "make check-long", and a test that is run by
itself, have the whole."""

import collections
import os

SHORT = bool(os.environ.get('RUAD_SHORT'))

# Of cases that are much alike, one of so many, spread over all.
SOME = {
    'test_careful': {
        'a_mail_that_crashes_the_fetcher_is_given_up_after_two': 4,
        'an_answer_to_the_parts_of_a_move_crashes_us_not_for_ever': 4},
    'test_charsets': {
        'a_subject_and_the_name_of_a_file': 4, 'json': 4,
        'what_only_the_part_declares': 4, 'what_the_document_declares': 4},
    'test_clickhouse': {'tables_of_another_shape_are_told': 3},
    'test_connections': {'six_folders_of_one_account_do_not_lock_it': 3},
    'test_copies': {
        'an_answer_that_is_lost_doubles_no_mail': 4,
        'whatever_command_is_the_last_a_mail_is_archived_once': 2},
    'test_dns': {
        'what_is_pasted_settles_its_finding': 4,
        'what_is_wrong_is_told_and_nothing_else': 3},
    'test_dns_address': {
        'every_result_is_told': 3, 'nonsense_is_refused': 2,
        'what_breaks_is_told': 3},
    'test_dns_client': {'no_memory_is_lost_or_misused': 5},
    'test_dns_facts': {
        'a_key_that_nobody_uses_does_no_harm_unless_it_can_be_broken': 3,
        'who_gets_the_reports_must_allow_it_first': 3,
        'who_is_added_does_not_bring_back_another_end': 3},
    'test_dns_https': {'the_policy_file_is_judged': 4},
    'test_dns_runs': {
        'mistakes_are_told': 2, 'of_a_name_that_fails_nothing_follows': 3},
    'test_duplicates': {'q94_a_report_that_comes_again_counts_once': 3},
    'test_encodings': {'the_bytes_decide': 7},
    'test_error': {'a_system_call_fails': 2},
    'test_examples': {'a_panel_of_the_dashboard_can_be_asked': 3},
    'test_explained': {
        'every_input_is_explained_or_refused_with_a_reason': 4,
        'the_headline': 2},
    'test_explained_answers': {'the_answer_is_the_text_beside_the_input': 2},
    'test_explained_change': {'whose_spf_it_is_has_many_spellings': 4},
    'test_explained_limits': {
        'so_does_the_answer': 6, 'the_facts_cost_little': 6},
    'test_faults': {
        'a_mad_answer_to_fetch_loses_no_mail': 3,
        'a_no_leaves_the_mail_and_says_so': 2,
        'a_poison_mail_costs_only_itself': 3,
        'killed_at_random_moments_nothing_is_lost_or_doubled': 6},
    'test_feed_cursor': {'what_is_no_cursor': 3},
    'test_filing': {
        'folders_have_the_servers_separator_and_prefix': 4,
        'reports_arrive_over_every_way_to_log_in': 2},
    # The signs do not depend on the width.
    'test_form': {
        'nothing_wraps_on_a_terminal': 2,
        'what_is_explained_wraps_at_words': 10},
    'test_formats': {'a_container_by_itself_and_in_a_mail': 4, 'a_mail': 3},
    'test_hostile': {
        'an_attack_gets_nowhere': 7,
        'an_honest_report_is_read_however_it_is_packed': 3,
        'the_largest_honest_report_is_read': 4},
    'test_idn': {'an_argument_may_be_any_spelling': 2},
    'test_import_mailbox': {
        'a_message_that_does_not_come_costs_no_other': 3,
        'messages_over_which_the_session_ends_are_passed_over': 2},
    'test_inert': {'every_command_is_inert': 2},
    'test_lines': {'a_spreadsheet_finds_no_formula': 4},
    'test_lookup': {
        'a_failure_keeps_what_was_known': 3, 'mistakes_are_told': 2,
        'only_a_name_that_has_the_address_counts': 3},
    'test_machine_limits': {'too_few_descriptors_pass': 5},
    'test_namespaces': {'names_of_other_servers': 4},
    'test_no_network': {'no_command_asks_anybody': 5},
    'test_oauth_peers': {
        'a_server_that_repeats_the_token_is_not_quoted': 2,
        'the_client_secret_never_goes_to_an_unverified_token_server': 3,
        'the_token_never_goes_to_an_unverified_server': 2,
        'what_the_token_server_says_is_explained': 4},
    'test_once': {'a_report_in_another_form_counts_once': 3},
    'test_ours': {'what_is_not_ours_is_refused_by_all': 3},
    'test_packed': {'an_answer_is_the_same_without': 2},
    'test_peers': {'a_whole_report_is_read_whole': 2},
    'test_place': {'nothing_is_moved_that_is_not_in_the_file': 3},
    'test_places': {'lies_of_the_service_are_not_believed': 3},
    'test_postgresql': {'a_collector_has_the_same_figures_there': 2},
    'test_postgresql_more': {
        'anew_figures_stay_until_all_is_there': 3,
        'no_day_breaks_a_view_or_makes_a_partition': 3},
    'test_ready': {'what_looks_like_own_mail_is_checked_first': 3},
    'test_report_verdict': {'the_headline_says_what_there_is': 2},
    'test_ruactl': {
        'a_report_is_the_same_in_every_form_and_by_every_way': 5,
        'wrong_usage_is_exit_64_and_says_why': 2},
    'test_same': {
        'a_locale_changes_nothing': 2, 'a_time_zone_changes_nothing': 2},
    'test_sender': {
        'a_rule_that_matches_nothing_says_so': 2, 'a_sender_is_there_or_not': 2,
        'nonsense_is_refused_and_changes_nothing': 3},
    'test_shared': {'bad_options_are_told': 3},
    'test_signs': {'a_sign_holds_a_verdict_back': 3},
    'test_sources': {'what_passed_tells_who_it_is': 3},
    'test_stubborn': {
        'a_folder_that_is_there_is_used': 4,
        'a_move_that_does_not_move_is_found_out': 2,
        'two_sick_moves_and_a_healed_server': 4,
        'what_cannot_be_filed_is_collected': 3},
    'test_subdomains': {'every_question_about_a_parent_includes_them': 3},
    'test_timers': {'they_are_locked_in': 2},
    'test_token': {'a_refresh_token_survives': 3},
    'test_trust': {
        'a_bad_certificate_gets_not_one_byte_of_credentials': 3,
        'a_server_with_a_bad_certificate_never_sees_a_login': 3},
    'test_undelivered': {
        'a_mail_that_does_not_come_stays_and_is_said': 3,
        'a_mail_that_is_refused_costs_nobody_else': 2,
        'it_is_asked_for_in_another_way': 3},
    'test_world': {'each_step_of_naming_says_the_truth': 4},
}

# Not at all; what comes near it is told.
NONE = {
    # A year has each event; these are about those that could come and go.
    'test_alerted': ('what_passes_once_in_a_while_has_not_recovered',
                     'a_share_that_stays_low_is_told_to_be_the_usual_one',
                     'what_fails_for_months_is_told_once'),
    # Bombs, and a server that lies about sizes, are left.
    'test_bounds': ('the_largest_mails_one_after_the_other_stay_small',),
    # When it begins anew one collector is compared, too; and with PostgreSQL.
    'test_clickhouse': ('a_collector_has_the_same_figures_there',),
    # One missing library is tried; whoever builds ruad has seen that nothing is
    # missing.
    'test_configure': ('all_that_is_missing_is_said_at_once',
                       'another_system_is_refused_in_a_sentence',
                       'nothing_is_missing', 'without_pkg_config',
                       'ruad_web_is_left_out_or_what_it_needs_is_said'),
    # The feed's memory is looked at.
    'test_export': ('memory_does_not_grow_with_the_database',),
    # Twenty mailboxes are left of many.
    'test_idle': ('of_very_many_some_do_not_wait_and_all_are_polled',),
    # That many messages are read once is tried, and each kill with a few.
    'test_large': ('a_first_poll_of_many_mails_can_be_interrupted',
                   'a_mail_takes_as_long_among_many_as_among_few',
                   'another_mailbox_is_polled_meanwhile'),
    # Of some commands all options are tried.
    'test_names': ('every_option_of_help_is_one_of_a_command',),
    # Consumers run at once in the kill loop.
    'test_postgresql_more': ('many_consumers_at_once_do_no_harm',),
    # What is in an archive is looked at; the rest matters to a release, which
    # needs check-long.
    'test_release': ('a_tag_is_what_is_released',
                     'one_commit_makes_one_archive',
                     'what_is_signed_can_be_verified'),
    'test_report_form': ('a_year_of_a_domain_is_small',),
    'test_sources': ('a_flood_of_addresses_is_shown_whole',),
}


def some(cases, each):
    """One of each so many, spread over all; all in the long form."""
    return list(cases)[::each if SHORT else 1]


def is_left_out(where, name, n):
    """Case n, from 0, of a test in this file."""
    return name in NONE.get(where, ()) or n % SOME.get(where, {}).get(name, 1)


def leave_out(config, items):
    """What pytest collected, all of it in the long form."""
    chosen, rest, count = [], [], collections.Counter()
    for item in items:
        key = item.path.stem, item.originalname.removeprefix('test_')
        (rest if SHORT and is_left_out(*key, count[key]) else
         chosen).append(item)
        count[key] += 1
    items[:] = chosen
    config.hook.pytest_deselected(items=rest)
