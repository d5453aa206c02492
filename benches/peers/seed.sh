#!/bin/sh
# The three pipelines of the product's first document, one after the other:
#
#   seed.sh JQ LOG        JQ is jq, or a program that takes its place
set -eu
jq=$1 log=$2
export LC_ALL=C
"$jq" -r 'select(.event == "otp.verification.detail" and .success == false) | .error' "$log" | sort | uniq -c
"$jq" -r 'select(.event == "auth.login") | .success' "$log" \
    | awk '{if($1=="true") s++; else f++} END {print "Success:", s, "Failed:", f}'
"$jq" -r 'select(.event == "token.refresh") | .timestamp' "$log" | wc -l
