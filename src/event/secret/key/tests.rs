use super::*;

fn assert_all(names: &str, expected: Meaning) {
    let wrong: Vec<_> = names
        .split_whitespace()
        .map(|name| (name, meaning(name)))
        .filter(|(_, found)| *found != expected)
        .collect();
    assert_eq!(wrong, [], "expected {expected:?}");
}

#[test]
fn names_of_short_secrets_are_known_in_every_style() {
    assert_all(
        "password Password PASSWORD passwd pwd passphrase passPhrase pass userPass db_pass pin PIN userPin card-pin otp OTP
         totp smsOtp sms_otp otpCode otp_code OTP-CODE OtpCode otpcode OTPCode code Code codes verificationCode verification_code
         verificationcode authCode authorization_code backupCodes recovery-codes pincode pinCode smscode deviceCode user_code
         passcode secret clientSecret client_secret client-secret clientsecret CLIENT_SECRET secretKey secret_access_key
         webhookSecret sharedSecret authorization Authorization AUTHORIZATION x-authorization Proxy-Authorization cookie Cookie
         set-cookie setCookie Set_Cookie cookies sessionCookie session_cookie credential credentials userCredentials creds
         currentPassword newPassword new_password oldpassword passwordConfirmation password_confirm passwordHash password2
         my.password user[password] codeVerifier code_verifier codeChallenge signature X-Amz-Signature cvv mnemonic pass_word
         passWord privatekey otpToken securityAnswer secretId vault.secret_id masterkey dbpassword2 passwordUrl totpSeed
         userpwd otpValue clientAssertion cardpin userpin codeverifier clientassertion CODEVERIFIER",
        Meaning::Secret(Kind::Masked),
    );
}

#[test]
fn names_of_tokens_are_known_in_every_style() {
    assert_all(
        "token Token TOKEN accessToken access_token access-token accesstoken ACCESS_TOKEN refreshToken refresh_token refreshtoken
         RefreshToken idToken IDToken id_token authToken x-auth-token csrfToken csrf xsrf-token resetToken apiToken api_token
         bearer bearerToken jwt JWT userJwt rawjwt apiKey api_key api-key apikey APIKey API_KEY x-api-key X-API-KEY accessKey
         access_key private_key privateKey signingKey sshKey encryption-key magicLinkToken deviceToken tokenValue token_hash
         sessionToken inviteToken token1 webhookKey licenseKey",
        Meaning::Secret(Kind::Token),
    );
}

#[test]
fn names_of_what_is_said_about_secrets_are_harmless() {
    assert_all(
        "tokenType token_type grantType scopes severity method httpMethod",
        Meaning::Term,
    );
    assert_all(
        "statusCode status_code StatusCode HTTP_STATUS_CODE errorCode error_code errcode countryCode
         country-code emailDomain expiresIn expires_in attempts codeChallengeMethod code_challenge_method tokensIssued
         tokens_issued tokenCount tokenLength tokenExpiresAt token_expires_in tokenExpiry tokenScope tokenIssuer tokenVersion
         tokenStatus tokenFamilySize tokenized passwordChangedAt password_changed passwordStrength passwordReset passwordLength
         passwordPolicy passwordless passwordExpired otpLength otp_attempts otpAttemptsRemaining otpChannel otpMethod
         otp_delivery otpSent codeLength codeAttempts code_expires_at secretName secretVersion cookieName cookieConsent
         pinLength pinAttempts authorizationEndpoint authorizationType credentialType apiKeyName api_key_scope languageCode
         zipCode zipcode postalCode postcode areaCode reasonCode exitCode responseCode resultCode currencyCode regionCode
         grpcCode http_code barcode unicode encode secretary tokenizer refreshTokenUsed refreshTokenReused token_revoked
         primaryKey foreignKey idempotencyKey idempotency_key cacheKey rateLimitKey publicKey sortKey key keys keyboard monkey
         userAgent user_agent durationMs source endpoint status spin opinion shipping
         mapping hotplug footprint compass passed passport bypass encoded decoder authMethod mfaMethod twoFactor mfaEnabled
         loginMethod country device orderNumber passkey biometric hotpink session state nonce é ключ",
        Meaning::Plain,
    );
}

#[test]
fn names_of_ids_are_harmless_and_known_for_ids() {
    assert_all(
        "tokenId token_id TokenID token-id jti tokenFamily familyId family_id sessionId session_id sid clientId client_id
         tenantId credentialId credential_id apiKeyId accessKeyId otpId requestId deviceId orderId",
        Meaning::Id,
    );
}

#[test]
fn questions_and_amounts_are_secret_only_as_text() {
    assert_all(
        "hasPassword has_password isOtp requiresOtp requireCode useCookies noPassword withPin mustChangePassword numCodes
         totalCodes supportsTotp",
        Meaning::SecretText(Kind::Masked),
    );
    assert_all(
        "tokens activeTokens revoked_tokens maxTokens max_tokens refreshTokens JWTs refreshtokens hasToken total_tokens",
        Meaning::SecretText(Kind::Token),
    );
}

#[test]
fn names_of_persons_are_known_in_every_style() {
    assert_all(
        "userId user_id USER_ID user-id UserID actor_id sub username userName user_name user uid targetUserId actorId memberId
         customer_id",
        Meaning::User,
    );
    assert_all(
        "email Email EMAIL actor_name userEmail user_email newEmail email_address emailAddress useremail",
        Meaning::Email,
    );
    assert_all(
        "ip IP ipAddress ip_address remote_ip clientIp client_ip sourceIP remoteAddr remote_addr x-real-ip X-Forwarded-For
         xForwardedFor ipaddress clientip peer_address",
        Meaning::Ip,
    );
}

#[test]
fn names_the_product_knows_are_found_without_being_taken_apart_and_mean_the_same() {
    let mut names = 0;
    for (expected, group) in KNOWN {
        for name in *group {
            assert_eq!(
                known(name).map(|name| name.meaning),
                Some(*expected),
                "{name}"
            );
            names += 1;
            // What is found by words may be less, never more secret.
            let judged = judge(name.as_bytes());
            assert!(
                !matches!(judged, Meaning::Secret(_) | Meaning::SecretText(_))
                    || *name == "tokenFamily",
                "{name}: {judged:?}"
            );
        }
    }
    assert!(names < SLOTS / 4, "{names}");
    for name in ["", "x", "userid", "userId ", "é", "codeChallenge"] {
        assert!(known(name).is_none(), "{name}");
    }
}

#[test]
fn what_is_too_long_for_a_name_says_nothing_harmless() {
    assert_eq!(meaning(&"a".repeat(LONGEST)), Meaning::Plain);
    assert_eq!(
        meaning(&"a".repeat(LONGEST + 1)),
        Meaning::Secret(Kind::Masked)
    );
    let long = "token".repeat(LONGEST / 5);
    assert_eq!(meaning(&long), Meaning::Secret(Kind::Token));
    assert_eq!(
        meaning(&"code".repeat(LONGEST / 4)),
        Meaning::Secret(Kind::Masked)
    );
}

#[test]
fn short_texts_are_the_same_only_if_all_their_bytes_are() {
    for length in 0..=32 {
        let text = &b"abcdefghijklmnopqrstuvwxyz012345"[..length];
        assert!(same(text, text));
        assert!(!same(text, b"abcdefghijklmnopqrstuvwxyz0123456"));
        for at in 0..length {
            let mut other = text.to_vec();
            other[at] = b'-';
            assert!(!same(text, &other), "{length} {at}");
        }
    }
}
