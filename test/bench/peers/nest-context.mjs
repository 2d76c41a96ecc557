// The Nest application context with one module; tells when it is ready.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class Service {}
class AppModule {}
Module({ providers: [Service] })(AppModule);
const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
context.get(Service);
console.log('ready');
await context.close();
