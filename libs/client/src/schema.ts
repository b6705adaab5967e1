// The types of the OpenAPI document. Made by `npm run client`: change the routes, not this file.

export interface paths {
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this process can serve */
        get: operations["Health_ready_2"];
    };
    "/api/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this process can serve */
        get: operations["Health_ready_3"];
    };
    "/api/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this process runs */
        get: operations["Health_live_1"];
    };
    "/api/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The figures of this process */
        get: operations["Metrics_read_1"];
    };
    "/api/events/outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the events that cannot be published */
        get: operations["Outbox_list"];
    };
    "/api/events/outbox/backlog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell how many events wait to be published */
        get: operations["Outbox_backlog"];
    };
    "/api/events/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the events that consumers could not handle */
        get: operations["DeadLetters_list"];
    };
    "/api/events/dead-letters/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Have a dead letter handled again */
        post: operations["DeadLetters_replay"];
    };
    "/api/events/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Discard a dead letter */
        delete: operations["DeadLetters_discard"];
    };
    "/api/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the background jobs */
        get: operations["Jobs_list"];
    };
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Register */
        post: operations["Account_register"];
    };
    "/api/auth/verify-email/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Verify an e-mail address */
        get: operations["Account_verifyEmail"];
    };
    "/api/auth/resend-verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Send the verification link again */
        post: operations["Account_resendVerification"];
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I */
        get: operations["Account_me"];
    };
    "/api/auth/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Change the password */
        post: operations["Account_changePassword"];
    };
    "/api/auth/forgot-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask for a code that leads to a new password */
        post: operations["Recovery_forgotPassword"];
    };
    "/api/auth/verify-otp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Change a code for a reset token */
        post: operations["Recovery_verifyOtp"];
    };
    "/api/auth/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Set a new password with a reset token */
        post: operations["Recovery_resetPassword"];
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign in */
        post: operations["Sessions_login"];
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Refresh the tokens of a session */
        post: operations["Sessions_refresh"];
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign out */
        post: operations["Sessions_logout"];
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List my sessions */
        get: operations["Sessions_list"];
    };
    "/api/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** End one of my sessions */
        delete: operations["Sessions_end"];
    };
    "/api/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign in or refresh, OAuth2 form (RFC 6749) */
        post: operations["OAuthToken_token"];
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: operations["Users_list"];
        /** Create a user with a role */
        post: operations["Users_create"];
    };
    "/api/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a user: oneself, or any for an admin */
        get: operations["Users_read"];
        /** Delete a user */
        delete: operations["Users_remove"];
        /** Change a user (merge patch) */
        patch: operations["Users_change"];
    };
    "/api/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List customers */
        get: operations["Customers_list"];
        /** Create a customer */
        post: operations["Customers_create"];
    };
    "/api/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a customer: oneself, or any for staff */
        get: operations["Customers_read"];
        /** Delete a customer with the account */
        delete: operations["Customers_remove"];
        /** Change a profile (merge patch): one’s own, or any for an admin */
        patch: operations["Customers_change"];
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read who changed which account */
        get: operations["Audit_list"];
    };
    "/api/libraries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List libraries */
        get: operations["Libraries_list"];
        /** Add a library */
        post: operations["Libraries_add"];
    };
    "/api/libraries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a library */
        get: operations["Libraries_read"];
        /** Remove a library of which nobody has or wants anything */
        delete: operations["Libraries_remove"];
        /** Change a library (merge patch) */
        patch: operations["Libraries_change"];
    };
    "/api/books/{bookId}/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a book is available */
        get: operations["Holdings_availability"];
    };
    "/api/books/{bookId}/holdings/{libraryId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Set the units of a book at a library */
        put: operations["Holdings_set"];
        /** End the holding of a book at a library */
        delete: operations["Holdings_end"];
    };
    "/api/books/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List uploads, newest first */
        get: operations["Uploads_list"];
        /** Upload books as CSV */
        post: operations["Uploads_upload"];
    };
    "/api/books/upload/{uploadId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read how far an upload is */
        get: operations["Uploads_read"];
        /** Cancel an upload */
        delete: operations["Uploads_cancel"];
    };
    "/api/books/upload/{uploadId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow an upload as server-sent events */
        get: operations["Uploads_watch"];
    };
    "/api/books/upload/{uploadId}/errors.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download all errors of an upload as CSV */
        get: operations["Uploads_errors"];
    };
    "/api/books/export.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download all books as CSV */
        get: operations["Export_download"];
    };
    "/api/books": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search and list books */
        get: operations["Books_list"];
        /** Create a book */
        post: operations["Books_create"];
    };
    "/api/books/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a book with its metadata */
        get: operations["Books_read"];
        /** Replace a book */
        put: operations["Books_replace"];
        /** Delete a book of which no copy is reserved */
        delete: operations["Books_remove"];
        /** Change a book (merge patch) */
        patch: operations["Books_patch"];
    };
    "/api/books/{id}/metadata": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the metadata of a book */
        get: operations["Metadata_read"];
        /** Replace the metadata of a book */
        put: operations["Metadata_replace"];
        /** Change the metadata of a book (merge patch) */
        patch: operations["Metadata_patch"];
    };
    "/api/authors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List authors by name */
        get: operations["Authors_list"];
        /** Add an author */
        post: operations["Authors_add"];
    };
    "/api/authors/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an author */
        get: operations["Authors_read"];
        /** Delete an author without books */
        delete: operations["Authors_remove"];
        /** Rename an author (merge patch) */
        patch: operations["Authors_rename"];
    };
    "/api/authors/{id}/books": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the books of an author */
        get: operations["Authors_books"];
    };
    "/api/genres": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List genres by name */
        get: operations["Genres_list"];
        /** Add a genre */
        post: operations["Genres_add"];
    };
    "/api/genres/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a genre */
        get: operations["Genres_read"];
        /** Delete a genre without books */
        delete: operations["Genres_remove"];
        /** Rename a genre (merge patch) */
        patch: operations["Genres_rename"];
    };
    "/api/genres/{id}/books": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the books of a genre */
        get: operations["Genres_books"];
    };
    "/api/reservations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List reservations */
        get: operations["Reservations_list"];
        /** Reserve a book */
        post: operations["Reservations_reserve"];
    };
    "/api/reservations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a reservation */
        get: operations["Reservations_read"];
        /** Cancel a reservation */
        delete: operations["Reservations_cancel"];
    };
    "/api/reservations/{id}/return": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Return the copy */
        post: operations["Reservations_giveBack"];
    };
    "/api/reservations/{id}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Renew a reservation */
        post: operations["Reservations_renew"];
    };
    "/api/books/{id}/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the queue of a book */
        get: operations["Reservations_queue"];
    };
    "/api/reservations/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a reservation as server-sent events */
        get: operations["LiveReservations_follow"];
    };
    "/api/lending/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check that lending keeps what it promises */
        get: operations["LendingAudit_check"];
    };
    "/api/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search the warnings and errors of all processes */
        get: operations["Logs_list"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        FailingEventView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            occurredAt: string;
            /**
             * Format: int64
             * @description How often it was tried; a broker that is away counts as none.
             * @example 3
             */
            attempts: number;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            nextTryAt: string;
            /** @example book_updated */
            type: string;
            /** @example books/0199a1b2-0000-7000-8000-000000000001 */
            subject: string;
            /**
             * @description Why the last try failed.
             * @example NO_ROUTE: no queue takes otp_generated from holdfast.private
             */
            reason: string;
        };
        FailingEventPage: {
            items: components["schemas"]["FailingEventView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        BacklogView: {
            /**
             * Format: int32
             * @description Events that wait to be published; 10000 stands for more.
             * @example 3
             */
            pending: number;
            /**
             * @description Age of the first of them; null when none waits.
             * @example 0.25
             */
            oldestSeconds: number | null;
        };
        DeadLetterView: {
            /**
             * Format: uuid
             * @description Stays the same when the letter is replayed and fails again.
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * @description The CloudEvent, of a private one with empty data; null when it is none.
             * @example {
             *       "specversion": "1.0",
             *       "type": "reservation_created",
             *       "subject": "reservations/0199a1b2-0000-7000-8000-000000000001"
             *     }
             */
            event: {
                [key: string]: unknown;
            } | null;
            /**
             * Format: int64
             * @description How often it was tried, replays included.
             * @example 8
             */
            attempts: number;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            firstFailedAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            lastFailedAt: string;
            /**
             * @description False for a private event: its data was not kept, so it cannot be replayed.
             * @example true
             */
            replayable: boolean;
            /**
             * Format: date-time
             * @description When a replay was asked for that is not done yet: it waits for a worker, or for the broker.
             * @example null
             */
            replayRequestedAt: string | null;
            /** @example notifications */
            consumer: string;
            /**
             * @description Why the last attempt failed.
             * @example Error: the mail server answered 421
             */
            reason: string;
        };
        DeadLetterPage: {
            items: components["schemas"]["DeadLetterView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        FailedRunView: {
            /**
             * @description What it was asked for with; empty where it ran on its own.
             * @example {}
             */
            payload: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            failedAt: string;
            /** @example connect ECONNREFUSED 10.0.0.7:5432 */
            reason: string;
        };
        JobView: {
            /**
             * Format: int64
             * @description Runs that were asked for and have not begun.
             * @example 0
             */
            waiting: number;
            /**
             * Format: int64
             * @description Runs that have begun.
             * @example 1
             */
            running: number;
            /**
             * @description How often it runs on its own; null: only when asked for.
             * @example 600
             */
            everySeconds: number | null;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            nextAt: string | null;
            /** @description The last ten runs that failed, the newest first. */
            failures: components["schemas"]["FailedRunView"][];
            /** @example import */
            name: string;
        };
        JobsView: {
            items: components["schemas"]["JobView"][];
        };
        RegisterInput: {
            /** @example ada */
            username: string;
            /**
             * Format: email
             * @example ada@example.org
             */
            email: string;
            /**
             * Format: password
             * @description Any characters; none of the commonest passwords, not the username or e-mail.
             * @example notes on the engine
             */
            password: string;
        };
        /** @enum {string} */
        Role: "admin" | "librarian" | "editor" | "author" | "customer";
        UserView: {
            /**
             * Format: uuid
             * @example 0199f3c2-7a40-7b51-8e0a-3f6f8c1f2b10
             */
            id: string;
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /**
             * Format: int64
             * @description Grows with every change; the ETag is made of it.
             * @example 1
             */
            version: number;
            /** @example ada */
            username: string;
            /** @example ada@example.org */
            email: string;
            /**
             * @description Whether the link that was mailed to the address has been opened.
             * @example true
             */
            emailVerified: boolean;
            /**
             * @description An inactive account cannot sign in, and its tokens do not count.
             * @example true
             */
            isActive: boolean;
        };
        VerifiedEmailView: {
            /** @example ada@example.org */
            email: string;
            /** @example true */
            verified: boolean;
        };
        ResendVerificationInput: {
            /**
             * Format: email
             * @example ada@example.org
             */
            email: string;
        };
        ChangePasswordInput: {
            /**
             * Format: password
             * @example notes on the engine
             */
            currentPassword: string;
            /**
             * Format: password
             * @description The same rules as at registration.
             * @example a brass cog turning
             */
            newPassword: string;
        };
        ForgotPasswordInput: {
            /**
             * Format: email
             * @example ada@example.org
             */
            email: string;
        };
        VerifyOtpInput: {
            /**
             * Format: email
             * @description The address that the code was mailed to.
             * @example ada@example.org
             */
            email: string;
            /**
             * @description The six digits of the mail.
             * @example 042117
             */
            otp: string;
        };
        ResetTokenView: {
            /**
             * Format: int64
             * @description Life of the token, in seconds.
             * @example 900
             */
            expiresIn: number;
            /**
             * @description Sets another password, once.
             * @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc
             */
            resetToken: string;
        };
        ResetPasswordInput: {
            /**
             * @description What a right code gave.
             * @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc
             */
            resetToken: string;
            /**
             * Format: password
             * @description The same rules as at registration.
             * @example a brass cog turning
             */
            newPassword: string;
        };
        SignInInput: {
            /**
             * Format: password
             * @example notes on the engine
             */
            password: string;
            /**
             * @description Username or e-mail address.
             * @example ada
             */
            login: string;
        };
        TokensView: {
            /** @enum {string} */
            tokenType: "Bearer";
            /**
             * Format: int64
             * @description Life of the access token, in seconds.
             * @example 900
             */
            expiresIn: number;
            /**
             * @description JWT for `Authorization: Bearer`.
             * @example eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIwMTk5In0.c2ln
             */
            accessToken: string;
            /**
             * @description Works once; a refresh gives the next one.
             * @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc
             */
            refreshToken: string;
        };
        RefreshInput: {
            /** @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc */
            refreshToken: string;
        };
        SessionView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description The sign-in or the latest refresh.
             * @example 2026-11-22T10:00:00.000Z
             */
            lastUsedAt: string;
            /**
             * Format: date-time
             * @description When it ends if it is not refreshed.
             * @example 2026-11-22T10:00:00.000Z
             */
            expiresAt: string;
            /** @example Mozilla/5.0 */
            userAgent: string | null;
            /**
             * @description The address that signed in.
             * @example 192.0.2.7
             */
            address: string | null;
            /**
             * @description The session that asks.
             * @example true
             */
            current: boolean;
        };
        SessionPage: {
            items: components["schemas"]["SessionView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        OAuthTokenForm: {
            /** @enum {string} */
            grant_type: "password" | "refresh_token";
            /**
             * @description Username or e-mail address; for `password`.
             * @example ada
             */
            username?: string;
            /**
             * Format: password
             * @description For `password`.
             * @example notes on the engine
             */
            password?: string;
            /**
             * @description For `refresh_token`.
             * @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc
             */
            refresh_token?: string;
        };
        OAuthTokensView: {
            /** @enum {string} */
            token_type: "Bearer";
            /**
             * Format: int64
             * @example 900
             */
            expires_in: number;
            /** @example eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIwMTk5In0.c2ln */
            access_token: string;
            /** @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc */
            refresh_token: string;
            /**
             * @description The role.
             * @example customer
             */
            scope: string;
        };
        OAuthErrorView: {
            /** @enum {string} */
            error: "invalid_request" | "invalid_grant" | "unsupported_grant_type" | "temporarily_unavailable";
            /** @example The refresh token is not valid, or no longer. */
            error_description: string;
        };
        JwkSetView: {
            /**
             * @example [
             *       {
             *         "kty": "OKP",
             *         "crv": "Ed25519",
             *         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
             *         "kid": "1",
             *         "use": "sig",
             *         "alg": "EdDSA"
             *       }
             *     ]
             */
            keys: {
                [key: string]: unknown;
            }[];
        };
        UserPage: {
            items: components["schemas"]["UserView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        NewUserInput: {
            /** @example ada */
            username: string;
            /**
             * Format: email
             * @example ada@example.org
             */
            email: string;
            /**
             * Format: password
             * @description Any characters; none of the commonest passwords, not the username or e-mail.
             * @example notes on the engine
             */
            password: string;
            role: components["schemas"]["Role"];
        };
        UserChangesInput: {
            /** @example ada */
            username?: string;
            /**
             * Format: email
             * @description A new address has to be verified.
             * @example ada@example.org
             */
            email?: string;
            role?: components["schemas"]["Role"];
            /**
             * @description false: the account cannot sign in, and its sessions end.
             * @example true
             */
            isActive?: boolean;
        };
        NotificationsView: {
            /**
             * @description Notices of reservations by e-mail.
             * @example true
             */
            email: boolean;
        };
        CustomerView: {
            /**
             * Format: uuid
             * @description The id of the user.
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /** @example Ada Lovelace */
            fullName: string | null;
            /** @example +44 20 7946 0958 */
            phone: string | null;
            /**
             * Format: uuid
             * @description The library where the customer likes to fetch books.
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            homeLibraryId: string | null;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /**
             * Format: int64
             * @description Grows with every change of the profile or the account; the ETag is made of it.
             * @example 1
             */
            version: number;
            /** @example ada */
            username: string;
            /** @example ada@example.org */
            email: string;
            notifications: components["schemas"]["NotificationsView"];
        };
        CustomerPage: {
            items: components["schemas"]["CustomerView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        NotificationsInput: {
            /**
             * @description Notices of reservations by e-mail.
             * @example true
             */
            email?: boolean;
        };
        NewCustomerInput: {
            /** @example ada */
            username: string;
            /**
             * Format: email
             * @example ada@example.org
             */
            email: string;
            /**
             * Format: password
             * @description Any characters; none of the commonest passwords, not the username or e-mail.
             * @example notes on the engine
             */
            password: string;
            /** @example Ada Lovelace */
            fullName?: string | null;
            /** @example +44 20 7946 0958 */
            phone?: string | null;
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            homeLibraryId?: string | null;
            notifications?: components["schemas"]["NotificationsInput"];
        };
        ProfileInput: {
            /** @example Ada Lovelace */
            fullName?: string | null;
            /** @example +44 20 7946 0958 */
            phone?: string | null;
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            homeLibraryId?: string | null;
            notifications?: components["schemas"]["NotificationsInput"];
        };
        /** @enum {string} */
        AccountAction: "registered" | "created" | "made-admin" | "changed" | "profile-changed" | "email-verified" | "password-changed" | "password-reset" | "deleted";
        AccountReferenceView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * @description Null once the account is deleted.
             * @example ada
             */
            username: string | null;
        };
        FieldChangeView: {
            /** @example customer */
            from: string | boolean | null;
            /** @example librarian */
            to: string | boolean | null;
            /** @example role */
            field: string;
        };
        AuditLineView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            at: string;
            action: components["schemas"]["AccountAction"];
            /** @description Null: nobody was signed in, or the program did it by itself. */
            actor: components["schemas"]["AccountReferenceView"] | null;
            /** @description Empty where the action says it all. */
            changes: components["schemas"]["FieldChangeView"][];
            /**
             * @description The X-Request-Id of the request that did it.
             * @example 4b3f2c1d-60d5-4c1e-9a7b-2f1e0d9c8b7a
             */
            requestId: string | null;
            user: components["schemas"]["AccountReferenceView"];
        };
        AuditPage: {
            items: components["schemas"]["AuditLineView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        LibraryView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000003
             */
            id: string;
            /**
             * Format: int64
             * @description Counts its changes.
             * @example 1
             */
            version: number;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /** @example Main Library */
            name: string;
            /** @example 1 Harbour Street */
            address: string | null;
            /**
             * @description An external library: where it is asked whether it has a book.
             * @example https://library.example/status/{isbn}
             */
            statusUrl: string | null;
            /**
             * @description Takes the copies for which no library is named.
             * @example true
             */
            isDefault: boolean;
        };
        LibraryPage: {
            items: components["schemas"]["LibraryView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        AddLibraryDto: {
            /** @example Harbour Branch */
            name: string;
            /**
             * @description For an external library: a GET there, `{isbn}` and `{bookId}` filled in, answers `{"available": true|false}`.
             * @example https://library.example/status/{isbn}
             */
            statusUrl?: string | null;
            /** @example 1 Harbour Street */
            address?: string | null;
        };
        ChangeLibraryDto: {
            /** @example Harbour Branch */
            name?: string;
            /**
             * @description For an external library: a GET there, `{isbn}` and `{bookId}` filled in, answers `{"available": true|false}`.
             * @example https://library.example/status/{isbn}
             */
            statusUrl?: string | null;
            /** @example 1 Harbour Street */
            address?: string | null;
        };
        LibraryReferenceView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000003
             */
            id: string;
            /** @example Main Library */
            name: string;
        };
        LibraryAvailabilityView: {
            /**
             * Format: int64
             * @example 3
             */
            units: number;
            /**
             * Format: int64
             * @description Copies that are free.
             * @example 2
             */
            availableUnits: number;
            library: components["schemas"]["LibraryReferenceView"];
        };
        AvailabilityView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            bookId: string;
            /**
             * Format: int64
             * @description Copies of all libraries together.
             * @example 3
             */
            units: number;
            /**
             * Format: int64
             * @description Copies that are free.
             * @example 2
             */
            availableUnits: number;
            libraries: components["schemas"]["LibraryAvailabilityView"][];
        };
        SetHoldingDto: {
            /**
             * Format: int32
             * @example 3
             */
            units: number;
        };
        AcceptedUploadView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000009
             */
            uploadId: string;
            /** @enum {string} */
            status: "queued";
        };
        FindingView: {
            /**
             * Format: int64
             * @description Line of the file where the record begins; the header is line 1.
             * @example 17
             */
            line: number;
            /**
             * @description Name in the header; empty for a whole row.
             * @example price
             */
            column: string;
            /**
             * @description The cell, at most 200 characters of it.
             * @example -1
             */
            value: string;
            /** @example The price is negative. */
            reason: string;
        };
        UploadView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000009
             */
            uploadId: string;
            /**
             * Format: uuid
             * @description The account that sent it.
             * @example 0199a1b2-0000-7000-8000-0000000000ee
             */
            uploadedBy: string;
            /**
             * @description Its username now; null when the account was deleted.
             * @example ada
             */
            uploadedByName: string | null;
            /** @enum {string} */
            status: "queued" | "processing" | "completed" | "failed" | "cancelled";
            /**
             * Format: int64
             * @description Null until the records were counted.
             * @example 4
             */
            totalRows: number | null;
            /**
             * Format: int64
             * @example 1
             */
            processedRows: number;
            /**
             * Format: int64
             * @example 1
             */
            insertedRows: number;
            /**
             * Format: int64
             * @example 0
             */
            updatedRows: number;
            /**
             * Format: int64
             * @example 0
             */
            unchangedRows: number;
            /**
             * Format: int64
             * @example 0
             */
            skippedRows: number;
            /**
             * Format: int64
             * @example 0
             */
            failedRows: number;
            /**
             * Format: int64
             * @description Rows that have a warning; they have an outcome besides.
             * @example 0
             */
            warnedRows: number;
            /** @description The first 100. */
            errors: components["schemas"]["FindingView"][];
            /** @description The first 100. */
            warnings: components["schemas"]["FindingView"][];
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:01.000Z
             */
            startedAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:09.000Z
             */
            finishedAt: string | null;
            /** @example books.csv */
            fileName: string;
            /**
             * @description Counts what would be, and changes nothing.
             * @example false
             */
            dryRun: boolean;
            /**
             * @description From 0 to 1.
             * @example 0.25
             */
            progress: number;
            /**
             * @description Why the file could not be read to its end; present when the status is failed.
             * @example The file is not text.
             */
            failure?: string;
        };
        UploadPage: {
            items: components["schemas"]["UploadView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        HeadingReferenceView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000002
             */
            id: string;
            /** @example Ursula K. Le Guin */
            name: string;
        };
        BookView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * Format: int64
             * @description Copies of all libraries together.
             * @example 3
             */
            units: number;
            /**
             * Format: int64
             * @description Copies that readers have.
             * @example 1
             */
            reservedUnits: number;
            /**
             * Format: int64
             * @description Copies that are free.
             * @example 2
             */
            availableUnits: number;
            /**
             * Format: int64
             * @description Readers who wait for a copy.
             * @example 0
             */
            queueLength: number;
            /**
             * Format: int64
             * @description Counts the changes by editors; a reservation is none.
             * @example 1
             */
            version: number;
            /**
             * Format: uuid
             * @description The account that created it.
             * @example 0199a1b2-0000-7000-8000-0000000000ee
             */
            createdBy: string | null;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /** @example The Dispossessed */
            title: string;
            /**
             * @description 13 digits.
             * @example 9780061054884
             */
            isbn: string | null;
            /** @description In the order of the title page. */
            authors: components["schemas"]["HeadingReferenceView"][];
            genre: components["schemas"]["HeadingReferenceView"] | null;
            /** @example 9.99 */
            price: number;
            /** @example An ambiguous utopia. */
            description: string | null;
            /**
             * @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.
             * @example 1974-05
             */
            publicationDate: string | null;
            /**
             * @description BCP 47.
             * @example en
             */
            language: string | null;
        };
        BookPage: {
            items: components["schemas"]["BookView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        HoldingDto: {
            /**
             * @description Name or id.
             * @example Main Library
             */
            library: string;
            /**
             * Format: int32
             * @example 3
             */
            units: number;
        };
        BookDto: {
            /**
             * @description ISBN-10 or ISBN-13, with or without hyphens; kept as 13 digits.
             * @example 978-0-06-105488-4
             */
            isbn?: string | null;
            /**
             * @description Names, made when they are new (case and accents do not count), or ids of known authors, in their order.
             * @example [
             *       "Ursula K. Le Guin"
             *     ]
             */
            authors?: (string | {
                /**
                 * Format: uuid
                 * @example 0199a1b2-0000-7000-8000-000000000001
                 */
                id: string;
            })[] | null;
            /**
             * @description A name, made when it is new (case and accents do not count).
             * @example Science fiction
             */
            genre?: string | null;
            /**
             * @description At most 20,000 characters.
             * @example An ambiguous utopia.
             */
            description?: string | null;
            /**
             * @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.
             * @example 1974-05
             */
            publicationDate?: string | null;
            /**
             * @description ISO 639 or BCP 47; kept as BCP 47.
             * @example en
             */
            language?: string | null;
            /**
             * Format: int32
             * @description The copies of all libraries together; the default library takes the difference to what the others hold.
             * @example 3
             */
            units?: number | null;
            /** @description The copies of each library; a library that is not named has none. */
            holdings?: components["schemas"]["HoldingDto"][] | null;
            /**
             * @description A JSON object of free form, at most 64 KiB; no key begins with `$` or has a dot.
             * @example {
             *       "publisher": "Harper & Row"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @example The Dispossessed */
            title: string;
            /** @example 9.99 */
            price: number;
        };
        BookWithMetadataView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * Format: int64
             * @description Copies of all libraries together.
             * @example 3
             */
            units: number;
            /**
             * Format: int64
             * @description Copies that readers have.
             * @example 1
             */
            reservedUnits: number;
            /**
             * Format: int64
             * @description Copies that are free.
             * @example 2
             */
            availableUnits: number;
            /**
             * Format: int64
             * @description Readers who wait for a copy.
             * @example 0
             */
            queueLength: number;
            /**
             * Format: int64
             * @description Counts the changes by editors; a reservation is none.
             * @example 1
             */
            version: number;
            /**
             * Format: uuid
             * @description The account that created it.
             * @example 0199a1b2-0000-7000-8000-0000000000ee
             */
            createdBy: string | null;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /** @example The Dispossessed */
            title: string;
            /**
             * @description 13 digits.
             * @example 9780061054884
             */
            isbn: string | null;
            /** @description In the order of the title page. */
            authors: components["schemas"]["HeadingReferenceView"][];
            genre: components["schemas"]["HeadingReferenceView"] | null;
            /** @example 9.99 */
            price: number;
            /** @example An ambiguous utopia. */
            description: string | null;
            /**
             * @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.
             * @example 1974-05
             */
            publicationDate: string | null;
            /**
             * @description BCP 47.
             * @example en
             */
            language: string | null;
            /**
             * @description Free form; null when its store does not answer.
             * @example {
             *       "publisher": "Harper & Row"
             *     }
             */
            metadata: {
                [key: string]: unknown;
            } | null;
            /**
             * @description Present, and true, when the store of the metadata does not answer.
             * @example true
             */
            metadataUnavailable?: boolean;
        };
        BookPatchDto: {
            /**
             * @description ISBN-10 or ISBN-13, with or without hyphens; kept as 13 digits.
             * @example 978-0-06-105488-4
             */
            isbn?: string | null;
            /**
             * @description Names, made when they are new (case and accents do not count), or ids of known authors, in their order.
             * @example [
             *       "Ursula K. Le Guin"
             *     ]
             */
            authors?: (string | {
                /**
                 * Format: uuid
                 * @example 0199a1b2-0000-7000-8000-000000000001
                 */
                id: string;
            })[] | null;
            /**
             * @description A name, made when it is new (case and accents do not count).
             * @example Science fiction
             */
            genre?: string | null;
            /**
             * @description At most 20,000 characters.
             * @example An ambiguous utopia.
             */
            description?: string | null;
            /**
             * @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.
             * @example 1974-05
             */
            publicationDate?: string | null;
            /**
             * @description ISO 639 or BCP 47; kept as BCP 47.
             * @example en
             */
            language?: string | null;
            /**
             * Format: int32
             * @description The copies of all libraries together; the default library takes the difference to what the others hold.
             * @example 3
             */
            units?: number | null;
            /** @description The copies of each library; a library that is not named has none. */
            holdings?: components["schemas"]["HoldingDto"][] | null;
            /**
             * @description A JSON object of free form, at most 64 KiB; no key begins with `$` or has a dot.
             * @example {
             *       "publisher": "Harper & Row"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @example The Dispossessed */
            title?: string;
            /** @example 9.99 */
            price?: number;
        };
        HeadingView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000002
             */
            id: string;
            /**
             * Format: int64
             * @description Counts its changes.
             * @example 1
             */
            version: number;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /** @example Ursula K. Le Guin */
            name: string;
        };
        AuthorPage: {
            items: components["schemas"]["HeadingView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        AuthorDto: {
            /** @example Ursula K. Le Guin */
            name: string;
        };
        AuthorPatchDto: {
            /** @example Ursula K. Le Guin */
            name?: string;
        };
        GenrePage: {
            items: components["schemas"]["HeadingView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        GenreDto: {
            /** @example Science fiction */
            name: string;
        };
        GenrePatchDto: {
            /** @example Science fiction */
            name?: string;
        };
        ReserveBookDto: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            bookId: string;
            /**
             * @description A time, or a date: its end in UTC.
             * @example 2030-01-31
             */
            reservedUntil: string;
            /**
             * Format: uuid
             * @description For staff: the customer to reserve for.
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            customerId?: string;
            /**
             * @description Name or id of the library that shall give the copy; left out: any.
             * @example Main Library
             */
            library?: string | null;
        };
        ReservationView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-0000000000aa
             */
            id: string;
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            bookId: string;
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-0000000000cc
             */
            customerId: string;
            /**
             * @example active
             * @enum {string}
             */
            status: "pending" | "active" | "completed" | "cancelled";
            /**
             * Format: int64
             * @description 1 is next; null unless pending.
             * @example null
             */
            queuePosition: number | null;
            /**
             * Format: date-time
             * @description While pending: from when a copy can be expected; null when none is out at an accepted library.
             * @example null
             */
            estimatedFrom: string | null;
            /**
             * Format: date-time
             * @example 2026-12-06T10:00:00.000Z
             */
            requestedUntil: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            startOfReservation: string | null;
            /**
             * Format: date-time
             * @example 2026-12-06T10:00:00.000Z
             */
            endOfReservation: string | null;
            /**
             * Format: int64
             * @example 0
             */
            renewals: number;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            updatedAt: string;
            /**
             * Format: int64
             * @example 1
             */
            version: number;
            /** @description The one asked for while pending (null: any), the one that gave the copy once active; null when it was removed after the end. */
            library: components["schemas"]["LibraryReferenceView"] | null;
            /**
             * @description Price of the book × daily rate × days begun; null while pending.
             * @example 1.4
             */
            price: number | null;
            /**
             * @description Active, and its end has passed.
             * @example false
             */
            overdue: boolean;
        };
        ReservationPage: {
            items: components["schemas"]["ReservationView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        RenewReservationDto: {
            /**
             * @description A time, or a date: its end in UTC.
             * @example 2030-02-28
             */
            reservedUntil: string;
        };
        QueueItemView: {
            /**
             * Format: int64
             * @description 1 is next.
             * @example 1
             */
            position: number;
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-0000000000aa
             */
            reservationId: string;
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-0000000000cc
             */
            customerId: string;
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            requestedAt: string;
            /**
             * Format: date-time
             * @description From when a copy can be expected; null when none is out at an accepted library.
             * @example 2026-12-06T10:00:00.000Z
             */
            estimatedFrom: string | null;
        };
        QueueView: {
            /**
             * Format: int64
             * @description How many wait.
             * @example 1
             */
            length: number;
            items: components["schemas"]["QueueItemView"][];
        };
        LendingViolationView: {
            /**
             * Format: int64
             * @description How often it does not.
             * @example 1
             */
            count: number;
            /**
             * @description What breaks it, with ids: the first hundred.
             * @example [
             *       "0199a1b2-0000-7000-8000-0000000000bb at 0199a1b2-0000-7000-8000-0000000000dd: 2 reserved, 1 active"
             *     ]
             */
            examples: string[];
            /**
             * @description Its stable name.
             * @example reserved-are-active
             */
            invariant: string;
            /**
             * @description What must hold.
             * @example reserved units are the active reservations
             */
            says: string;
        };
        LendingAuditView: {
            /**
             * Format: date-time
             * @example 2026-11-22T10:00:00.000Z
             */
            checkedAt: string;
            violations: components["schemas"]["LendingViolationView"][];
        };
        LogLineView: {
            /**
             * Format: uuid
             * @example 0199a1b2-0000-7000-8000-000000000001
             */
            id: string;
            /**
             * Format: date-time
             * @example 2026-01-02T03:04:05.678Z
             */
            at: string;
            /**
             * @example warn
             * @enum {string}
             */
            level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
            /**
             * @description The program: api, worker or holdfast.
             * @example worker
             */
            app: string;
            /**
             * @description The part of the program.
             * @example Mails
             */
            context: string | null;
            /** @example the figures of outbox are left out: no answer in 1000 ms */
            message: string;
            /**
             * @description The X-Request-Id of the request that it goes back to, also in consumers and jobs.
             * @example 5e3f6b0a-1f0e-4a57-9a51-3b3d0e2d8a11
             */
            requestId: string | null;
            /**
             * @description Of the caller's traceparent (W3C Trace Context).
             * @example 4bf92f3577b34da6a3ce929d0e0e4736
             */
            traceId: string | null;
            /**
             * @description What else the line says, such as the stack of an error.
             * @example {
             *       "pid": 1,
             *       "hostname": "worker-1",
             *       "stack": "Error: no answer\n    at Mails.send (mails.js:1:1)"
             *     }
             */
            details: {
                [key: string]: unknown;
            } | null;
        };
        LogPage: {
            items: components["schemas"]["LogLineView"][];
            /**
             * Format: int64
             * @description Items of the whole list; exact up to 10,000.
             * @example 1
             */
            total: number;
            /**
             * @description Present when `total` is an estimate.
             * @example true
             */
            totalIsEstimate?: boolean;
            /**
             * Format: int64
             * @example 20
             */
            limit: number;
            /**
             * Format: int64
             * @example 0
             */
            offset: number;
            /**
             * @description For `cursor`; null on the last page.
             * @example Zl8gYm9va3MgYnkgdGl0bGU
             */
            nextCursor: string | null;
        };
        /** @description RFC 9457. `type` is the path of a page that says what it means. */
        Problem: {
            /** @example /problems/invalid-input */
            type: string;
            /** @example The input is invalid */
            title: string;
            /**
             * Format: int64
             * @example 400
             */
            status: number;
            /** @example /price The price is negative. */
            detail?: string;
            /**
             * @description Path and query of the request.
             * @example /api/books
             */
            instance: string;
            /** @description Each place of the input that is wrong. */
            errors?: {
                /**
                 * @description A JSON pointer (RFC 6901).
                 * @example /price
                 */
                pointer: string;
                /** @example The price is negative. */
                detail: string;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    Health_ready_2: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "error" | "shutting_down";
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                    };
                };
            };
            /** @description An essential dependency does not answer.; temporarily-unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "error" | "shutting_down";
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                    };
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Health_ready_3: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "error" | "shutting_down";
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                    };
                };
            };
            /** @description An essential dependency does not answer.; temporarily-unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "error" | "shutting_down";
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                    };
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Health_live_1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "error" | "shutting_down";
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        info?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /** @example {} */
                        error?: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                        /**
                         * @example {
                         *       "database": {
                         *         "status": "up",
                         *         "ms": 2
                         *       }
                         *     }
                         */
                        details: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "up" | "down";
                                /**
                                 * Format: int64
                                 * @description How long it took to answer.
                                 * @example 2
                                 */
                                ms?: number;
                                /**
                                 * @description It does not answer, and can be done without.
                                 * @example true
                                 */
                                degraded?: boolean;
                                /** @example no answer within 1000 ms */
                                message?: string;
                            };
                        };
                    };
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Metrics_read_1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Outbox_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailingEventPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Outbox_backlog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BacklogView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    DeadLetters_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description Only those of this consumer. */
                consumer?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    DeadLetters_replay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    DeadLetters_discard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Jobs_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobsView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Account_register: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Account_verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The secret of the link, as it was mailed. */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedEmailView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Account_resendVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResendVerificationInput"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Account_me: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Account_changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePasswordInput"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Recovery_forgotPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForgotPasswordInput"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Recovery_verifyOtp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyOtpInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetTokenView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Recovery_resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetPasswordInput"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Sessions_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Sessions_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Sessions_logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Sessions_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Sessions_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    OAuthToken_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["OAuthTokenForm"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthTokensView"];
                };
            };
            /** @description The error in the form of RFC 6749, section 5.2; invalid-input, malformed-request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthErrorView"];
                };
            };
            /** @description Too many failed tries: temporarily_unavailable, and Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthErrorView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Users_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /**
                 * @description Part of the username or address (of a customer: or of the name); case and accents do not count. One or two characters
                 *     are looked for at the beginning of words only.
                 */
                search?: string;
                /** @description Those with this role. */
                role?: components["schemas"]["Role"];
                /** @description Those that may sign in, or those that may not. */
                isActive?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Users_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUserInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Users_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Users_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Users_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChangesInput"];
                "application/merge-patch+json": components["schemas"]["UserChangesInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Customers_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /**
                 * @description Part of the username or address (of a customer: or of the name); case and accents do not count. One or two characters
                 *     are looked for at the beginning of words only.
                 */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Customers_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCustomerInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Customers_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the customer, or `me` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Customers_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the customer, or `me` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Customers_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the customer, or `me` */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileInput"];
                "application/merge-patch+json": components["schemas"]["ProfileInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Audit_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description The account that was changed. */
                userId?: string;
                /** @description The account that made the change. */
                actorId?: string;
                /** @description What was done. */
                action?: components["schemas"]["AccountAction"];
                /** @description A time, or a date (its beginning in UTC): lines from then on. */
                from?: string;
                /** @description Lines before that time, or before the beginning of that date. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Libraries_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Libraries_add: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddLibraryDto"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Libraries_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Libraries_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Libraries_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeLibraryDto"];
                "application/merge-patch+json": components["schemas"]["ChangeLibraryDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Holdings_availability: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the book. */
                bookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AvailabilityView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Holdings_set: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the book. */
                bookId: string;
                /** @description Id of the library. */
                libraryId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetHoldingDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AvailabilityView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Holdings_end: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the book. */
                bookId: string;
                /** @description Id of the library. */
                libraryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Uploads_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description Those that are there. */
                status?: "queued" | "processing" | "completed" | "failed" | "cancelled";
                /** @description The account that sent them. */
                uploadedBy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Uploads_upload: {
        parameters: {
            query?: {
                /** @description JSON: source column to known column, `metadata.<key>` or any other name. */
                mapping?: string;
                /** @description `dry-run` counts what would be, and changes nothing. */
                mode?: "import" | "dry-run";
                /** @description What becomes of a book that is there already. */
                onExisting?: "update" | "skip";
            };
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @example {"original_publication_year": "publication_year"} */
                    mapping?: string;
                    /** @enum {string} */
                    mode?: "import" | "dry-run";
                    /** @enum {string} */
                    onExisting?: "update" | "skip";
                    /**
                     * Format: binary
                     * @description The CSV file, after the other fields.
                     */
                    file: string;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedUploadView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Uploads_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the upload. */
                uploadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Uploads_cancel: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the upload. */
                uploadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Uploads_watch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the upload. */
                uploadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["UploadView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Uploads_errors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the upload. */
                uploadId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Export_download: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Books_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description ISO 639 or BCP 47; `en` finds `en-US` too. */
                language?: string;
                /** @description ISBN-10 or ISBN-13. */
                isbn?: string;
                /** @description Books of this price or a higher one. */
                minPrice?: number;
                /** @description Books of this price or a lower one. */
                maxPrice?: number;
                /** @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
                publishedFrom?: string;
                /** @description Including the whole of the year or month. */
                publishedTo?: string;
                /** @description Whether a copy is free, at the library when one is named. */
                available?: true | false;
                /** @description `-` for descending; `relevance` needs a search, and is the default with one. Without: `title`. */
                sort?: "title" | "-title" | "price" | "-price" | "publicationDate" | "-publicationDate" | "createdAt" | "-createdAt" | "relevance";
                /**
                 * @description Words of the title, the authors or the ISBN; case and accents do not matter. A word of one or two letters is looked for
                 *     where a word begins, a longer one anywhere. Where no book has all words, books with words like them are found. With a
                 *     search or a filter `offset` goes to 10,000; the cursor leads on.
                 */
                search?: string;
                /** @description Name or id. */
                genre?: string;
                /** @description Name or id. */
                author?: string;
                /** @description Name or id of a library that holds the book. */
                library?: string;
                /** @description Books whose metadata has this value under the key; at most 5 keys. */
                "metadata.<key>"?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Books_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BookDto"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookWithMetadataView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Books_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookWithMetadataView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Books_replace: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BookDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookWithMetadataView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Books_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Books_patch: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BookPatchDto"];
                "application/merge-patch+json": components["schemas"]["BookPatchDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookWithMetadataView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Metadata_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Metadata_replace: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Metadata_patch: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
                "application/merge-patch+json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Authors_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description Words of the name; case and accents do not matter. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthorPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Authors_add: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuthorDto"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Authors_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Authors_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Authors_rename: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuthorPatchDto"];
                "application/merge-patch+json": components["schemas"]["AuthorPatchDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Authors_books: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description ISO 639 or BCP 47; `en` finds `en-US` too. */
                language?: string;
                /** @description ISBN-10 or ISBN-13. */
                isbn?: string;
                /** @description Books of this price or a higher one. */
                minPrice?: number;
                /** @description Books of this price or a lower one. */
                maxPrice?: number;
                /** @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
                publishedFrom?: string;
                /** @description Including the whole of the year or month. */
                publishedTo?: string;
                /** @description Whether a copy is free, at the library when one is named. */
                available?: true | false;
                /** @description `-` for descending; `relevance` needs a search, and is the default with one. Without: `title`. */
                sort?: "title" | "-title" | "price" | "-price" | "publicationDate" | "-publicationDate" | "createdAt" | "-createdAt" | "relevance";
                /**
                 * @description Words of the title, the authors or the ISBN; case and accents do not matter. A word of one or two letters is looked for
                 *     where a word begins, a longer one anywhere. Where no book has all words, books with words like them are found. With a
                 *     search or a filter `offset` goes to 10,000; the cursor leads on.
                 */
                search?: string;
                /** @description Name or id. */
                genre?: string;
                /** @description Name or id. */
                author?: string;
                /** @description Name or id of a library that holds the book. */
                library?: string;
                /** @description Books whose metadata has this value under the key; at most 5 keys. */
                "metadata.<key>"?: string;
            };
            header?: never;
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Genres_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description Words of the name; case and accents do not matter. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenrePage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Genres_add: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenreDto"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Genres_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Genres_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Genres_rename: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenrePatchDto"];
                "application/merge-patch+json": components["schemas"]["GenrePatchDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Genres_books: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description ISO 639 or BCP 47; `en` finds `en-US` too. */
                language?: string;
                /** @description ISBN-10 or ISBN-13. */
                isbn?: string;
                /** @description Books of this price or a higher one. */
                minPrice?: number;
                /** @description Books of this price or a lower one. */
                maxPrice?: number;
                /** @description `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
                publishedFrom?: string;
                /** @description Including the whole of the year or month. */
                publishedTo?: string;
                /** @description Whether a copy is free, at the library when one is named. */
                available?: true | false;
                /** @description `-` for descending; `relevance` needs a search, and is the default with one. Without: `title`. */
                sort?: "title" | "-title" | "price" | "-price" | "publicationDate" | "-publicationDate" | "createdAt" | "-createdAt" | "relevance";
                /**
                 * @description Words of the title, the authors or the ISBN; case and accents do not matter. A word of one or two letters is looked for
                 *     where a word begins, a longer one anywhere. Where no book has all words, books with words like them are found. With a
                 *     search or a filter `offset` goes to 10,000; the cursor leads on.
                 */
                search?: string;
                /** @description Name or id. */
                genre?: string;
                /** @description Name or id. */
                author?: string;
                /** @description Name or id of a library that holds the book. */
                library?: string;
                /** @description Books whose metadata has this value under the key; at most 5 keys. */
                "metadata.<key>"?: string;
            };
            header?: never;
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description Those of this book. */
                bookId?: string;
                /** @description Those of this customer. */
                customerId?: string;
                /** @description Those that are so. */
                status?: "pending" | "active" | "completed" | "cancelled";
                /** @description Name or id. */
                library?: string;
                /** @description Those whose end has passed while they are active, or all others. */
                overdue?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_reserve: {
        parameters: {
            query?: never;
            header?: {
                /** @description A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in quotes. The same request with the same key is done once; repeated, it gets the answer of the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReserveBookDto"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_read: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_cancel: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_giveBack: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_renew: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the resource as the client knows it: refused with 412 when its version is another by now. */
                "If-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenewReservationDto"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReservationView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Reservations_queue: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of what the client has: answered with 304 when that is still all. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueView"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    LiveReservations_follow: {
        parameters: {
            query?: never;
            header?: {
                /** @description `id` of the last event that was received: that state is not sent again. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description Id of the id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ReservationView"];
                };
            };
            /** @description The last event was the last one: the reservation has ended, do not come again */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    LendingAudit_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LendingAuditView"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Logs_list: {
        parameters: {
            query?: {
                /** @description Most items on the page. */
                limit?: number;
                /** @description `nextCursor` of the page before: its cost does not grow with depth. */
                cursor?: string;
                /** @description Items to leave out from the start. */
                offset?: number;
                /** @description At least so severe. What is less severe than a warning is not kept. */
                level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
                /** @description A time, or a date (its beginning in UTC): lines from then on. */
                from?: string;
                /** @description Lines before that time, or before the beginning of that date. */
                to?: string;
                /** @description A part of the message, in whatever case. */
                search?: string;
                /** @description The X-Request-Id of the request that they go back to. */
                requestId?: string;
                /** @description The program: api, worker or holdfast. */
                app?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            /** @description Refused */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
export const creations: ReadonlySet<string> = new Set([
    "/api/auth/register",
    "/api/users",
    "/api/customers",
    "/api/libraries",
    "/api/books/upload",
    "/api/books",
    "/api/authors",
    "/api/genres",
    "/api/reservations"
]);
