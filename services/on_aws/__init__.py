"""The application on AWS: Fargate, RDS and a load balancer.

`target.deploy` declares it; `rules` judges it, without Pulumi.
"""
