import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { PageQuery } from '../../http/page.js';

export class DeadLettersQuery extends PageQuery {
  /** Only those of this consumer. */
  @ApiProperty({ required: false, minLength: 1, maxLength: 200, example: 'notifications' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  consumer?: string;
}
