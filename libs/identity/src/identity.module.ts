import { Authenticator, Settings } from '@holdfast/platform';
import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessTokens } from './application/access-tokens.js';
import { ChangeCustomerHandler } from './application/change-customer.js';
import { ChangePasswordHandler } from './application/change-password.js';
import { ChangeUserHandler } from './application/change-user.js';
import { Customers } from './application/customers.js';
import { DeleteAccountHandler } from './application/delete-account.js';
import { EmailVerifications } from './application/email-verifications.js';
import { EndSessionHandler } from './application/end-session.js';
import { ListSessionsHandler } from './application/list-sessions.js';
import { OpenAccountHandler } from './application/open-account.js';
import { PasswordHashing } from './application/password-hashing.js';
import { FindCustomerHandler, ListCustomersHandler } from './application/read-customers.js';
import { FindUserHandler, ListUsersHandler } from './application/read-users.js';
import { RefreshSessionHandler } from './application/refresh-session.js';
import { ResendVerificationHandler } from './application/resend-verification.js';
import { Sessions } from './application/sessions.js';
import { SignInHandler } from './application/sign-in.js';
import { VerifyEmailHandler } from './application/verify-email.js';
import { UserRepository } from './domain/user-repository.js';
import { Argon2PasswordHashing } from './infrastructure/argon2-password-hashing.js';
import { FirstAdmin } from './infrastructure/first-admin.js';
import { JoseAccessTokens } from './infrastructure/jose-access-tokens.js';
import { PostgresCustomers } from './infrastructure/postgres-customers.js';
import { PostgresEmailVerifications } from './infrastructure/postgres-email-verifications.js';
import { PostgresSessions } from './infrastructure/postgres-sessions.js';
import { SessionAuthenticator } from './infrastructure/session-authenticator.js';
import { SigningKeys } from './infrastructure/signing-keys.js';
import { TypeOrmUserRepository } from './infrastructure/typeorm-user-repository.js';
import { AccountController } from './presentation/account.controller.js';
import { CustomersController } from './presentation/customers.controller.js';
import { KeysController } from './presentation/keys.controller.js';
import { OAuthTokenController } from './presentation/oauth-token.controller.js';
import { SessionsController } from './presentation/sessions.controller.js';
import { UsersController } from './presentation/users.controller.js';

const useCases = [
  OpenAccountHandler,
  VerifyEmailHandler,
  ResendVerificationHandler,
  SignInHandler,
  RefreshSessionHandler,
  EndSessionHandler,
  ListSessionsHandler,
  ChangePasswordHandler,
  FindUserHandler,
  ListUsersHandler,
  ChangeUserHandler,
  DeleteAccountHandler,
  FindCustomerHandler,
  ListCustomersHandler,
  ChangeCustomerHandler,
];

/** Use cases and adapters. Needs `AccountClosing` from a global module: lending fills it in. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    ...useCases,
    FirstAdmin,
    { provide: UserRepository, useClass: TypeOrmUserRepository },
    { provide: EmailVerifications, useClass: PostgresEmailVerifications },
    { provide: Sessions, useClass: PostgresSessions },
    { provide: Customers, useClass: PostgresCustomers },
    { provide: PasswordHashing, useClass: Argon2PasswordHashing },
    { provide: SigningKeys, inject: [Settings], useFactory: (settings: Settings) => SigningKeys.load(settings) },
    { provide: AccessTokens, useClass: JoseAccessTokens },
    SessionAuthenticator,
    { provide: Authenticator, useExisting: SessionAuthenticator },
  ],
  exports: [Authenticator, AccessTokens, Customers, FirstAdmin],
})
export class IdentityModule {}

/** The routes of identity. */
@Module({
  imports: [CqrsModule],
  controllers: [
    AccountController,
    SessionsController,
    OAuthTokenController,
    KeysController,
    UsersController,
    CustomersController,
  ],
})
export class IdentityHttpModule {}
