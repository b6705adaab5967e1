import { Settings } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import type { Role, User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccessTokens } from './access-tokens.js';
import { AccountPasswords } from './account-passwords.js';
import { failEvenly } from './even-answer.js';
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
    private readonly passwords: AccountPasswords,
    private readonly sessions: Sessions,
    private readonly tokens: AccessTokens,
    private readonly settings: Settings,
  ) {}

  /** Refusals come evenly: reading an account takes longer than finding none, and earlier hashes take another time. */
  execute(command: SignIn): Promise<SignedIn> {
    return failEvenly(() => this.signIn(command));
  }

  private async signIn({ login, password, device }: SignIn): Promise<SignedIn> {
    const user = await this.users.findByLogin(login);
    const isRight = await this.passwords.isRight(user, { login, password, address: device.address });
    if (!user || !isRight) throw wrongCredentials();
    this.mayEnter(user);
    const session = await this.passwords.whileRight(user, password, (known) => this.sessions.open(known, device));
    if (!session) throw wrongCredentials();
    await this.passwords.renew(user, password);
    return {
      accessToken: await this.tokens.issue(session),
      expiresIn: this.tokens.lifetime,
      refreshToken: session.refreshToken,
      role: session.role,
    };
  }

  private mayEnter({ isActive, emailVerified }: User): void {
    if (!isActive) throw new IdentityError('account-inactive', 'The account is inactive; ask the library.');
    if (emailVerified || !this.settings.verifiedEmailRequired) return;
    throw new IdentityError('email-not-verified', 'The e-mail address is not verified; open the link that was mailed.');
  }
}

const wrongCredentials = (): IdentityError =>
  new IdentityError('wrong-credentials', 'There is no such account, or the password is wrong.');
