# SPDX-License-Identifier: BSD-2-Clause
"""The configuration of a private Dovecot, in the language of the version that
is installed: 2.4 took most settings of 2.3 away."""

import functools
import re
import subprocess

PROGRAM = '/usr/sbin/dovecot'

BOTH = """protocols = imap
listen = {listen}
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log/dovecot.log
instance_name = ruad-{port}
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {uid}
mail_gid = {uid}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
ssl = yes
ssl_min_protocol = TLSv1.2
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
protocol imap {{
  mail_max_userip_connections = 100
}}
"""

OLD = BOTH + """mail_home = {root}/mail/%u
mail_location = {driver}:{path}
disable_plaintext_auth = no
auth_debug = yes
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={root}/mail/%u
}}
"""
OLD_CERT = """ssl_cert = <{base}.crt
ssl_key = <{base}.key
"""
OLD_ACL = """mail_plugins = $mail_plugins acl
protocol imap {{
  mail_plugins = $mail_plugins imap_acl
}}
plugin {{
  acl = vfile
}}
"""
OLD_ACL_QUOTA = """mail_plugins = $mail_plugins acl quota
protocol imap {{
  mail_plugins = $mail_plugins imap_acl imap_quota
}}
plugin {{
  acl = vfile
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage={quota}
}}
"""
OLD_OAUTH = """passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {file}
}}
"""
OLD_OAUTH_FILE = """introspection_mode = auth
introspection_url = {url}/introspect
username_attribute = user
active_attribute = active
active_value = true
timeout_msecs = 300000
"""

OLD_PUBLIC = """namespace {{
  separator = .
  prefix = {prefix}
  type = public
  location = maildir:{path}
  subscriptions = no
  list = children
}}
"""

NEW = """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
""" + BOTH + """mail_home = {root}/mail/%{{user}}
mail_driver = {driver}
mail_path = {path}
auth_allow_cleartext = yes
log_debug = category=auth
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {uid}
    home = {root}/mail/%{{user}}
  }}
}}
"""
NEW_CERT = """ssl_server_cert_file = {base}.crt
ssl_server_key_file = {base}.key
"""
NEW_ACL = """acl_driver = vfile
mail_plugins {{
  acl = yes
}}
protocol imap {{
  mail_plugins {{
    imap_acl = yes
  }}
}}
"""
NEW_ACL_QUOTA = NEW_ACL + """mail_plugins {{
  quota = yes
}}
protocol imap {{
  mail_plugins {{
    imap_quota = yes
  }}
}}
quota "User quota" {{
  driver = count
  storage_size = {quota}
}}
"""
NEW_OAUTH = """passdb oauth2 {{
  mechanisms_filter = xoauth2
}}
oauth2 {{
  introspection_mode = auth
  introspection_url = {url}/introspect
  username_attribute = user
  active_attribute = active
  active_value = true
}}
"""
NEW_PUBLIC = """namespace public {{
  separator = .
  prefix = {prefix}
  type = public
  mail_driver = maildir
  mail_path = {path}
  subscriptions = no
  list = children
}}
"""


@functools.cache
def is_new():
    """Whether it is 2.4 or newer."""
    text = subprocess.run([PROGRAM, '--version'], capture_output=True,
                          text=True, check=True).stdout
    return [int(n) for n in re.findall(r'\d+', text)[:2]] >= [2, 4]


def certificate(base):
    return (NEW_CERT if is_new() else OLD_CERT).format(base=base)


def acl(quota=None):
    """RFC 4314, by files dovecot-acl in the folders; and how much a user may
    store, as 1M."""
    if quota is None:
        return (NEW_ACL if is_new() else OLD_ACL).format()
    return (NEW_ACL_QUOTA if is_new() else OLD_ACL_QUOTA).format(quota=quota)


def public(prefix, path):
    """A namespace of maildirs that all users share (RFC 2342)."""
    return (NEW_PUBLIC if is_new() else OLD_PUBLIC).format(
        prefix=prefix, path=path)


def oauth2(url, file):
    """XOAUTH2, with tokens that a server at this URL knows.  file is written
    if this version wants one."""
    if is_new():
        return NEW_OAUTH.format(url=url)
    with open(file, 'w', encoding='ascii') as f:
        f.write(OLD_OAUTH_FILE.format(url=url))
    return OLD_OAUTH.format(file=file)


def whole(*, location, certs, capability=None, **fields):
    """certs: {address: base name of the files}, '' of all others."""
    driver, path = location.split(':', 1)
    text = (NEW if is_new() else OLD).format(driver=driver, path=path,
                                             **fields)
    for address, base in certs.items():
        text += certificate(base) if not address else \
            'local %s {\n%s}\n' % (address, certificate(base))
    if capability:
        text += 'imap_capability = %s\n' % capability
    return text
