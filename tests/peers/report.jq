# A report, in the shape of the truth.
def counts($key): map({(.[$key]): .count}) | add // {};
def outcomes($key): map({(.[$key]): {success, failure}}) | add // {};
def ratio: {part, whole};

(.input | {lines, bytes, events, blank, malformed, not_an_object, repaired, undated}) + {
  window: (.window | {first, last}),
  logins: (.reports.logins | {
    total, success, failure, unknown, users,
    success_rate: (.success_rate | ratio),
    by_method: (.by_method | outcomes("method")),
    by_client: (.by_client | outcomes("client")),
    by_reason: (.by_reason | counts("reason"))
  }),
  failures: (.reports.failures | {
    total,
    failed_auth_rate: (.failed_auth_rate | ratio),
    by_reason: (.by_reason | group_by(.event) | map({(.[0].event): counts("reason")}) | add // {}),
    otp_by_reason: (.otp_by_reason | counts("reason"))
  }),
  refreshes: (.reports.refreshes | {
    total, success, failure,
    per_user: (.per_user | ratio),
    per_login: (.per_login | ratio),
    usage_rate: (.usage_rate | ratio),
    by_reason: (.by_reason | counts("reason")),
    by_client: (.by_client | outcomes("client"))
  })
}
