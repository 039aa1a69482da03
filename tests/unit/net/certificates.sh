#!/bin/sh
# Makes the certificates of the HTTP tests in the folder $1: two CAs, and what they signed.
set -eu
cd "$1"

key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null
}

# ca NAME
ca() {
	key "$1"
	openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -out "$1.pem"
}

# signed NAME CA EXTENSION [FIRST-DAY LAST-DAY]
signed() {
	key "$1"
	openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
	printf '[x]\n%s\n' "$3" >"$1.ext"
	: >"$1.index"
	openssl ca -batch -notext -in "$1.csr" -out "$1.pem" -cert "$2.pem" -keyfile "$2.key" -outdir . \
		-md sha256 -extfile "$1.ext" -extensions x \
		-startdate "${4:-20200101000000Z}" -enddate "${5:-20491231000000Z}" \
		-config "$1.cnf" 2>/dev/null
}

config() {
	cat >"$1.cnf" <<END
[ca]
default_ca = d
[d]
rand_serial = yes
database = ./$1.index
policy = p
unique_subject = no
[p]
commonName = supplied
END
}

for name in server system elsewhere expired client client-expired; do
	config "$name"
done
ca ca
ca other-ca
ca system-ca
local='subjectAltName=DNS:localhost,IP:127.0.0.1'
signed server ca "$local"
signed system system-ca "$local"
signed elsewhere ca 'subjectAltName=DNS:elsewhere.test'
signed expired ca "$local" 20200101000000Z 20200201000000Z
signed client ca 'extendedKeyUsage=clientAuth'
signed client-expired ca 'extendedKeyUsage=clientAuth' 20200101000000Z 20200201000000Z
openssl ec -in client.key -aes128 -passout pass:secret -out encrypted.key 2>/dev/null
# What a distribution's CA folder looks like: files named by the hash of their subject.
mkdir system-store
cp system-ca.pem "system-store/$(openssl x509 -in system-ca.pem -noout -hash).0"
