"""Sessions know what was expected at opening and whom they were handed from; deeds: one for each form sent."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('till', '0002_seed_and_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='session',
            name='handed_from',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='handed_to', to='till.session'),
        ),
        migrations.AddField(
            model_name='session',
            name='opening_expected',
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name='Deed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('verb', models.CharField(max_length=11)),
                ('notes', models.JSONField(default=dict)),
                ('note', models.CharField(blank=True, default='', max_length=200)),
                ('at', models.DateTimeField()),
                ('session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deeds', to='till.session')),
                ('till', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deeds', to='till.till')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        append_only("till_deed"),
    ]
