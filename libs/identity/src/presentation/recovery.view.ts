import { ApiProperty } from '@nestjs/swagger';

/** What a right code gives. */
export class ResetTokenView {
  /**
   * Sets another password, once.
   * @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc
   */
  resetToken!: string;

  /**
   * Life of the token, in seconds.
   * @example 900
   */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;
}
