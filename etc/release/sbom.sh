#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# sbom.sh TARBALL SECONDS: what is in a release and what it is built with, as
# SPDX 2.3 in JSON.  The tarball contains no library of others; those that the
# programs are linked with are named, each with the oldest version that
# configure takes and the one that is installed here.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
tarball=$1
version=$("$src/etc/release/version.sh")
created=$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%SZ)
sum=$(sha256sum "$tarball" | cut -d ' ' -f 1)

# pkg-config's name, SPDX name, licence
libraries='
libxml-2.0	libxml2	MIT
libarchive	libarchive	BSD-2-Clause
sqlite3	sqlite	blessing
libconfig	libconfig	LGPL-2.1-or-later
gnutls	gnutls	LGPL-2.1-or-later
nettle	nettle	LGPL-3.0-or-later OR GPL-2.0-or-later
libseccomp	libseccomp	LGPL-2.1-only
libpsl	libpsl	MIT
libidn2	libidn2	LGPL-3.0-or-later OR GPL-2.0-or-later
jansson	jansson	MIT
libcurl	curl	curl
libcares	c-ares	MIT
libmaxminddb	libmaxminddb	Apache-2.0
zlib	zlib	Zlib
gmp	gmp	LGPL-3.0-or-later OR GPL-2.0-or-later
libmicrohttpd	libmicrohttpd	LGPL-2.1-or-later
libxcrypt	libxcrypt	LGPL-2.1-or-later
libetpan	libetpan	BSD-3-Clause'

# The oldest version of a library that configure takes, or nothing.
oldest()
{
	sed -n "s/^RUAD_PKG(\[[A-Z]*\], \[$1\], \[\([^]]*\)\].*/\1/p" \
	    "$src/configure.ac"
}

# The version that is installed here.
installed()
{
	pkg-config --modversion "$1" 2>/dev/null || echo NOASSERTION
}

cat <<END
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "ruad-$version",
  "documentNamespace": "https://spdx.org/spdxdocs/ruad-$version-$sum",
  "creationInfo": {
    "created": "$created",
    "creators": ["Tool: ruad-make-dist"]
  },
  "documentDescribes": ["SPDXRef-ruad"],
  "packages": [
    {
      "SPDXID": "SPDXRef-ruad",
      "name": "ruad",
      "versionInfo": "$version",
      "packageFileName": "${tarball##*/}",
      "downloadLocation": "NOASSERTION",
      "filesAnalyzed": false,
      "checksums": [{"algorithm": "SHA256", "checksumValue": "$sum"}],
      "licenseConcluded": "BSD-2-Clause",
      "licenseDeclared": "BSD-2-Clause",
      "copyrightText": "NOASSERTION"
    }
END
related='    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
     "relatedSpdxElement": "SPDXRef-ruad"}'
tab=$(printf '\t')
while IFS=$tab read -r module name licence; do
	[ -n "$module" ] || continue
	least=$(oldest "$module")
	least_words='any version'
	[ -z "$least" ] || least_words="$least or newer"
	here=$(installed "$module")
	purl=pkg:generic/$name
	[ "$here" = NOASSERTION ] || purl=$purl@$here
	cat <<END
    ,{
      "SPDXID": "SPDXRef-$name",
      "name": "$name",
      "versionInfo": "$here",
      "comment": "linked dynamically; $least_words",
      "downloadLocation": "NOASSERTION",
      "filesAnalyzed": false,
      "licenseConcluded": "NOASSERTION",
      "licenseDeclared": "$licence",
      "copyrightText": "NOASSERTION",
      "externalRefs": [{
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": "$purl"
      }]
    }
END
	related="$related,
    {\"spdxElementId\": \"SPDXRef-ruad\", \"relationshipType\": \"DEPENDS_ON\",
     \"relatedSpdxElement\": \"SPDXRef-$name\"}"
done <<END
$libraries
END
printf '  ],\n  "relationships": [\n%s\n  ]\n}\n' "$related"
