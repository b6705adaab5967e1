import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import type { Role } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccessTokens } from './access-tokens.js';
import { PasswordHashing } from './password-hashing.js';
import { type Device, Sessions } from './sessions.js';

export interface SignedIn {
  accessToken: string;
  /** Life of the access token, in seconds. */
  expiresIn: number;
  refreshToken: string;
  role: Role;
}

/** Opens a session for whoever knows the password of the account (`login`: username or e-mail). */
export class SignIn extends Command<SignedIn> {
  constructor(
    readonly login: string,
    readonly password: string,
    readonly device: Device,
  ) {
    super();
  }
}

@CommandHandler(SignIn)
export class SignInHandler implements ICommandHandler<SignIn> {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly sessions: Sessions,
    private readonly tokens: AccessTokens,
  ) {}

  async execute({ login, password, device }: SignIn): Promise<SignedIn> {
    const user = await this.users.findByLogin(login);
    const isRight = await this.passwords.verify(user?.passwordHash ?? null, password);
    if (!user || !isRight) throw wrongCredentials();
    if (!user.isActive) throw new IdentityError('account-inactive', 'The account is inactive; ask the library.');
    const session = await this.sessions.open(user, device);
    if (!session) throw wrongCredentials();
    return {
      accessToken: await this.tokens.issue(session),
      expiresIn: this.tokens.lifetime,
      refreshToken: session.refreshToken,
      role: session.role,
    };
  }
}

const wrongCredentials = (): IdentityError =>
  new IdentityError('wrong-credentials', 'There is no such account, or the password is wrong.');
