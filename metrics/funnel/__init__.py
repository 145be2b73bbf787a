"""The funnel: conversion from stage to stage, and its months."""
