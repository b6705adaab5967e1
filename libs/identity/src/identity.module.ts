import { Authenticator, JobsWorkerModule, Settings } from '@holdfast/platform';
import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessTokens } from './application/access-tokens.js';
import { AccountConsequences } from './application/account-consequences.js';
import { AccountLimits } from './application/account-limits.js';
import { AccountPasswords } from './application/account-passwords.js';
import { AuditTrail } from './application/audit-trail.js';
import { ChangeCustomerHandler } from './application/change-customer.js';
import { ChangePasswordHandler } from './application/change-password.js';
import { ChangeUserHandler } from './application/change-user.js';
import { Contacts } from './application/contacts.js';
import { Customers } from './application/customers.js';
import { DeleteAccountHandler } from './application/delete-account.js';
import { EmailVerifications } from './application/email-verifications.js';
import { EndSessionHandler } from './application/end-session.js';
import { ForgotPasswordHandler } from './application/forgot-password.js';
import { ListSessionsHandler } from './application/list-sessions.js';
import { MakeAdminHandler } from './application/make-admin.js';
import { OneTimeCodes } from './application/one-time-codes.js';
import { OpenAccountHandler } from './application/open-account.js';
import { PasswordHashing } from './application/password-hashing.js';
import { PasswordResets } from './application/password-resets.js';
import { ReadAuditHandler } from './application/read-audit.js';
import { FindCustomerHandler, ListCustomersHandler } from './application/read-customers.js';
import { FindUserHandler, ListUsersHandler } from './application/read-users.js';
import { RefreshSessionHandler } from './application/refresh-session.js';
import { RegisterHandler } from './application/register.js';
import { ResendVerificationHandler } from './application/resend-verification.js';
import { ResetPasswordHandler } from './application/reset-password.js';
import { Sessions } from './application/sessions.js';
import { SignInHandler } from './application/sign-in.js';
import { VerifyEmailHandler } from './application/verify-email.js';
import { VerifyOtpHandler } from './application/verify-otp.js';
import { UserRepository } from './domain/user-repository.js';
import { Argon2PasswordHashing } from './infrastructure/argon2-password-hashing.js';
import { FirstAdmin } from './infrastructure/first-admin.js';
import { IdentityCleanUp } from './infrastructure/identity-clean-up.js';
import { JoseAccessTokens } from './infrastructure/jose-access-tokens.js';
import { PostgresAuditTrail } from './infrastructure/postgres-audit-trail.js';
import { PostgresContacts } from './infrastructure/postgres-contacts.js';
import { PostgresCustomers } from './infrastructure/postgres-customers.js';
import { PostgresEmailVerifications } from './infrastructure/postgres-email-verifications.js';
import { PostgresOneTimeCodes } from './infrastructure/postgres-one-time-codes.js';
import { PostgresPasswordResets } from './infrastructure/postgres-password-resets.js';
import { PostgresSessions } from './infrastructure/postgres-sessions.js';
import { RecentSessions } from './infrastructure/recent-sessions.js';
import { SessionAuthenticator } from './infrastructure/session-authenticator.js';
import { SigningKeys } from './infrastructure/signing-keys.js';
import { TypeOrmUserRepository } from './infrastructure/typeorm-user-repository.js';
import { AccountController } from './presentation/account.controller.js';
import { AuditController } from './presentation/audit.controller.js';
import { CustomersController } from './presentation/customers.controller.js';
import { KeysController } from './presentation/keys.controller.js';
import { OAuthTokenController } from './presentation/oauth-token.controller.js';
import { RecoveryController } from './presentation/recovery.controller.js';
import { SessionsController } from './presentation/sessions.controller.js';
import { UsersController } from './presentation/users.controller.js';

const useCases = [
  RegisterHandler,
  OpenAccountHandler,
  VerifyEmailHandler,
  ResendVerificationHandler,
  SignInHandler,
  RefreshSessionHandler,
  EndSessionHandler,
  ListSessionsHandler,
  ChangePasswordHandler,
  ForgotPasswordHandler,
  VerifyOtpHandler,
  ResetPasswordHandler,
  FindUserHandler,
  ListUsersHandler,
  ChangeUserHandler,
  DeleteAccountHandler,
  FindCustomerHandler,
  ListCustomersHandler,
  ChangeCustomerHandler,
  ReadAuditHandler,
];

/** Use cases and adapters. Needs `AccountClosing` from a global module: lending fills it in. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    ...useCases,
    FirstAdmin,
    AccountConsequences,
    AccountLimits,
    AccountPasswords,
    { provide: AuditTrail, useClass: PostgresAuditTrail },
    { provide: UserRepository, useClass: TypeOrmUserRepository },
    { provide: EmailVerifications, useClass: PostgresEmailVerifications },
    { provide: OneTimeCodes, useClass: PostgresOneTimeCodes },
    { provide: PasswordResets, useClass: PostgresPasswordResets },
    { provide: Sessions, useClass: PostgresSessions },
    { provide: Customers, useClass: PostgresCustomers },
    { provide: Contacts, useClass: PostgresContacts },
    { provide: PasswordHashing, useClass: Argon2PasswordHashing },
    { provide: SigningKeys, inject: [Settings], useFactory: (settings: Settings) => SigningKeys.load(settings) },
    { provide: AccessTokens, useClass: JoseAccessTokens },
    RecentSessions,
    SessionAuthenticator,
    { provide: Authenticator, useExisting: SessionAuthenticator },
  ],
  exports: [Authenticator, AccessTokens, Contacts, Customers, FirstAdmin],
})
export class IdentityModule {}

/** Background work. */
@Module({ imports: [JobsWorkerModule.forSources([IdentityCleanUp])] })
export class IdentityWorkerModule {}

/** For a program that makes admins and does nothing else. Needs `HomeLibraries` from a global module. */
@Module({
  imports: [CqrsModule],
  providers: [
    MakeAdminHandler,
    RecentSessions,
    { provide: AuditTrail, useClass: PostgresAuditTrail },
    { provide: UserRepository, useClass: TypeOrmUserRepository },
    { provide: PasswordHashing, useClass: Argon2PasswordHashing },
  ],
})
export class MakeAdminModule {}

/** The routes of identity. */
@Module({
  imports: [CqrsModule],
  controllers: [
    AccountController,
    RecoveryController,
    SessionsController,
    OAuthTokenController,
    KeysController,
    UsersController,
    CustomersController,
    AuditController,
  ],
})
export class IdentityHttpModule {}
